Feature: Containers
  A graph within the graph. Outside it is one node, which completes and fails as one.

  Scenario: A sequential container runs its nodes one after another, each with what the one before gave
    Given the workflow:
      """
      name: sequential
      nodes:
        host: {type: python, script: 'output["host"] = "n1"'}
        update:
          type: container
          mode: sequential
          nodes:
            drain: {type: python, script: 'output["steps"] = ["drain " + input["host"]]'}
            patch: {type: python, script: 'output["steps"] = [*input["steps"], "patch"]'}
            start: {type: python, script: 'output["steps"] = [*input["steps"], "start"]'}
        after: {type: python, script: 'output["steps"] = input["child_results"]["start"]["steps"]'}
      edges: [host -> update -> after]
      """
    When it runs
    Then the run is completed
    And the nodes ran one after another: "update/drain", "update/patch", "update/start", "after"
    And the output of "update" has total_children = 3
    And the output of "update" has completed_children = 3
    And the output of "after" is {"steps": ["drain n1", "patch", "start"]}

  Scenario: A parallel container runs its nodes at the same time
    Given "meet.here" returns once 3 nodes are there
    And the workflow:
      """
      name: parallel
      nodes:
        checks:
          type: container
          mode: parallel
          nodes:
            disk: {type: python, call: "meet:here"}
            memory: {type: python, call: "meet:here"}
            network: {type: python, call: "meet:here"}
        after: {type: python, script: pass}
      edges: [checks -> after]
      """
    When it runs
    Then the run is completed
    And the output of "checks" is {"child_results": {"disk": {}, "memory": {}, "network": {}}, "total_children": 3, "completed_children": 3}
    And node "after" ran after nodes "checks/disk", "checks/memory", "checks/network"

  Scenario: A container with edges of its own
    Given the workflow:
      """
      name: graph
      nodes:
        build:
          type: container
          nodes:
            fetch: {type: python, script: 'output["ok"] = True'}
            check: {type: if, condition: input.ok}
            compile: {type: python, script: pass}
            mend: {type: python, script: pass}
          edges: [fetch -> check, check.true -> compile, check.false -> mend]
      """
    When it runs
    Then the run is completed
    And node "build/compile" is completed
    And node "build/mend" is skipped because another way was taken
    And the output of "build" has completed_children = 3

  Scenario: A failing node ends a sequential container, and the container fails
    Given the workflow:
      """
      name: failing
      nodes:
        update:
          type: container
          mode: sequential
          nodes:
            drain: {type: python, script: pass}
            patch: {type: python, script: 'raise OSError("no space left")'}
            start: {type: python, script: pass}
        after: {type: noop}
        alert: {type: noop}
      edges:
        - update -> after
        - {from: update, to: alert, trigger: fail, handles: false}
      """
    When it runs
    Then the run is failed
    And the run reports OSError of "update/patch": no space left
    And nodes "update", "update/patch" are failed
    And node "update/drain" is completed
    And nodes "update/start", "after" are skipped
    And the input of "alert" has failed_child = "patch"
    And the input of "alert" has failed_child_error = "no space left"

  Scenario: A failing node stops its neighbours in a parallel container
    Given the workflow:
      """
      name: failing-parallel
      stop_grace: 1s
      nodes:
        checks:
          type: container
          mode: parallel
          nodes:
            long: {type: shell, script: sleep 60}
            broken: {type: shell, script: exit 3}
      """
    When it runs
    Then the run is failed
    And node "checks/broken" is failed
    And node "checks/long" is cancelled
    And the run took less than 10 s

  Scenario: A container may let its other nodes go on after a failure
    Given the workflow:
      """
      name: going-on
      nodes:
        checks:
          type: container
          mode: parallel
          on_failure: continue
          nodes:
            broken: {type: python, script: 'raise ValueError("no")'}
            long: {type: python, script: 'import time; time.sleep(0.05)'}
      """
    When it runs
    Then the run is failed
    And node "checks" is failed
    And node "checks/long" is completed

  Scenario: A failure that is handled in the container does not fail it
    Given the workflow:
      """
      name: handled-inside
      nodes:
        box:
          type: container
          nodes:
            risky: {type: python, script: 'raise ValueError("no")'}
            repair: {type: python, script: 'output["ok"] = True'}
          edges: [{from: risky, to: repair, trigger: fail}]
        after: {type: noop}
      edges: [box -> after]
      """
    When it runs
    Then the run is completed
    And node "after" is completed
    And the output of "box" has completed_children = 1

  Scenario: Containers nested four deep
    Given the workflow:
      """
      name: four-deep
      nodes:
        a:
          type: container
          nodes:
            b:
              type: container
              mode: sequential
              nodes:
                c:
                  type: container
                  mode: parallel
                  nodes:
                    d:
                      type: container
                      nodes:
                        e: {type: python, script: 'output["from"] = input["from"] + 1'}
                    beside: {type: noop}
                after: {type: python, script: 'output["from"] = input["child_results"]["d"]["child_results"]["e"]["from"]'}
        last: {type: python, script: 'output["from"] = input["child_results"]["b"]["child_results"]["after"]["from"]'}
      edges: [a -> last]
      parameters: {from: {type: integer}}
      """
    When it runs with from = 41
    Then the run is completed
    And node "a/b/c/d/e" is completed
    And the output of "last" is {"from": 42}

  Scenario: A failure four deep fails every container around it, and is handled at the top
    Given the workflow:
      """
      name: four-deep-failure
      nodes:
        a:
          type: container
          nodes:
            b:
              type: container
              nodes:
                c:
                  type: container
                  nodes:
                    d: {type: container, nodes: {e: {type: python, script: 'raise KeyError("lost")'}}}
        repair: {type: python, script: 'output["node"] = input["error_node"]'}
      edges: [{from: a, to: repair, trigger: fail}]
      """
    When it runs
    Then the run is completed
    And nodes "a", "a/b", "a/b/c", "a/b/c/d", "a/b/c/d/e" are failed
    And the output of "repair" is {"node": "a/b/c/d/e"}

  Scenario: Nodes of one name in two containers are two nodes
    Given the workflow:
      """
      name: same-names
      nodes:
        one: {type: container, nodes: {step: {type: python, script: 'output["n"] = 1'}}}
        two: {type: container, nodes: {step: {type: python, script: 'output["n"] = 2'}}}
      """
    When it runs
    Then the output of "one/step" is {"n": 1}
    And the output of "two/step" is {"n": 2}

  Scenario: Loops, branches and containers nest in one another
    Given the workflow:
      """
      name: nested-kinds
      variables: {log: []}
      nodes:
        hosts:
          type: foreach
          items: '["n1", "n2"]'
          as: host
          max_concurrent: 1
          nodes:
            update:
              type: container
              mode: sequential
              nodes:
                look: {type: python, script: 'output["old"] = input["host"] == "n2"'}
                patch:
                  type: container
                  nodes:
                    needed: {type: if, condition: input.old}
                    apply: {type: python, script: 'variables.append("log", input["branch_taken"])'}
                  edges: [needed.true -> apply]
      outputs: {log: variables.log}
      """
    When it runs
    Then the run is completed
    And the run returns {"log": ["true"]}
    And node "hosts[0]/update/patch/apply" is skipped
    And node "hosts[1]/update/patch/apply" is completed
