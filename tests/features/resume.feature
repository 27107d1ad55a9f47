Feature: Resume
  What completed is never run again; what did not is.

  Scenario: A failed run goes on where it failed, once the cause is gone
    Given the workflow:
      """
      name: repaired
      variables: {count: 0}
      nodes:
        before: {type: python, script: 'variables.add("count", 1)'}
        needs: {type: shell, script: test -e ready}
        after: {type: python, script: 'variables.add("count", 1)'}
        beside: {type: python, script: 'variables.add("count", 1)'}
      edges: [before -> needs -> after]
      outputs: {count: variables.count}
      """
    When it runs
    Then the run is failed
    And node "after" is skipped because something before failed
    When the file "ready" is there
    And it is resumed
    Then the run is completed
    And only nodes "needs", "after" ran
    And the run returns {"count": 3}

  Scenario: Of a loop only what did not complete runs again
    Given the workflow:
      """
      name: items
      nodes:
        each:
          type: foreach
          items: '["a", "b", "c"]'
          as: name
          collect: nodes.needs.output.stdout
          nodes:
            first: {type: python, script: 'output["name"] = input["name"]'}
            needs:
              type: shell
              script: |
                [ "$WFLOW_INPUT_NAME" != b ] || test -e ready || exit 1
                printf %s "$WFLOW_INPUT_NAME"
          edges: [first -> needs]
        after: {type: python, script: 'output["names"] = input["results"]'}
      edges: [each -> after]
      outputs: {names: nodes.after.output.names}
      """
    When it runs
    Then the run is failed
    And nodes "each[0]/needs", "each[2]/needs" are completed
    And the run returns {"names": null}
    When the file "ready" is there
    And it is resumed
    Then the run is completed
    And only nodes "each[1]/needs", "after" ran
    And the run returns {"names": ["a", "b", "c"]}

  Scenario: A run that completed stays as it is
    Given the workflow:
      """
      name: done
      nodes: {only: {type: python, script: 'output["n"] = 1'}}
      outputs: {n: nodes.only.output.n}
      """
    When it runs
    And it is resumed
    Then the run is completed
    And node "only" did not run
    And the run returns {"n": 1}

  Scenario: A paused run lets what is running end, and goes on when it is resumed
    Given the workflow:
      """
      name: paused
      nodes:
        a: {type: python, script: 'output["n"] = 1'}
        pause: {type: wait, for: 600ms}
        b: {type: python, script: 'output["n"] = input["n"] + 1'}
      edges: [a -> pause, "[a, pause] -> b"]
      outputs: {n: nodes.b.output.n}
      """
    And once "a" is completed, a pause is asked for
    When it runs
    Then the run is paused
    And the exit code is 5
    And node "b" did not run
    When it is resumed
    Then the run is completed
    And only node "b" ran
    And the run returns {"n": 2}

  Scenario: A cancelled run cleans up, and a resume runs again what was cancelled
    Given the workflow:
      """
      name: cancelled
      stop_grace: 1s
      variables: {cleaned: 0}
      nodes:
        a: {type: python, script: pass}
        server: {type: shell, script: 'test -e ready || sleep 60'}
        tidy: {type: python, script: 'variables.add("cleaned", 1)'}
      edges: [a -> server, {from: server, to: tidy, trigger: cancel}]
      outputs: {cleaned: variables.cleaned}
      """
    And once "a" is completed, a cancel is asked for
    When it runs
    Then the run is cancelled
    And the exit code is 4
    And node "server" is cancelled
    And the run returns {"cleaned": 1}
    When the file "ready" is there
    And it is resumed
    Then the run is completed
    And only node "server" ran

  Scenario: Within containers and subflows too, only what did not complete runs again
    Given the file "child.yaml":
      """
      name: child
      variables: {count: 0}
      nodes:
        one: {type: python, script: 'variables.add("count", 1)'}
        two: {type: shell, script: test -e ready}
        three: {type: python, script: 'variables.add("count", 1)'}
      edges: [one -> two -> three]
      outputs: {count: variables.count}
      """
    And the workflow:
      """
      name: nested
      nodes:
        box:
          type: container
          mode: sequential
          nodes:
            before: {type: python, script: pass}
            call: {type: subflow, file: child.yaml}
            after: {type: python, script: 'output["count"] = input["count"]'}
        last: {type: python, script: 'output["count"] = input["child_results"]["after"]["count"]'}
      edges: [box -> last]
      outputs: {count: nodes.last.output.count}
      """
    When it runs
    Then the run is failed
    And nodes "box", "box/call", "box/call/two" are failed
    When the file "ready" is there
    And it is resumed
    Then the run is completed
    And only nodes "box/call/two", "box/call/three", "box/after", "last" ran
    And the run returns {"count": 2}

  Scenario: A failure that was handled stays handled
    Given the workflow:
      """
      name: handled
      variables: {repaired: 0}
      nodes:
        risky: {type: python, script: 'raise ValueError("no")'}
        repair: {type: python, script: 'variables.add("repaired", 1)'}
        needs: {type: shell, script: test -e ready}
      edges: [{from: risky, to: repair, trigger: fail}]
      outputs: {repaired: variables.repaired}
      """
    When it runs
    Then the run is failed
    When the file "ready" is there
    And it is resumed
    Then the run is completed
    And only node "needs" ran
    And the run returns {"repaired": 1}

  Scenario: A run that timed out gets its time anew
    Given the workflow:
      """
      name: timed-out
      timeout: 500ms
      stop_grace: 1s
      nodes:
        quick: {type: python, script: pass}
        slow: {type: shell, script: 'test -e ready || sleep 60'}
        after: {type: python, script: pass}
      edges: [quick -> slow -> after]
      """
    When it runs
    Then the run is failed
    And the exit code is 124
    When the file "ready" is there
    And it is resumed
    Then the run is completed
    And the exit code is 0
    And only nodes "slow", "after" ran

  Scenario: A run that fails again may be resumed again
    Given the workflow:
      """
      name: twice
      nodes:
        one: {type: shell, script: test -e one}
        two: {type: shell, script: test -e two}
        end: {type: python, script: 'output["nodes"] = sorted(inputs)'}
      edges: ["[one, two] -> end"]
      """
    When it runs
    Then the run is failed
    When the file "two" is there
    And it is resumed
    Then the run is failed again
    And the run reports ExitCode of "one": 1
    And only nodes "one", "two" ran
    When the file "one" is there
    And it is resumed
    Then the run is completed
    And only nodes "one", "end" ran
    And the output of "end" is {"nodes": ["one", "two"]}

  Scenario: A script file that changed since is refused by name
    Given the file "work.py":
      """
      output["n"] = 1
      """
    And the workflow:
      """
      name: changed
      nodes:
        work: {type: python, file: work.py}
        needs: {type: shell, script: test -e ready}
      """
    When it runs
    Then the run is failed
    When the file "work.py" is emptied
    Then a resume is refused: work.py changed since
