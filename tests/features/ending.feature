Feature: Ending early
  A scope may end before all of its nodes are done. What it cancels by itself is no failure.

  Scenario: The run ends as soon as the answer is known
    Given the workflow:
      """
      name: known
      stop_grace: 1s
      nodes:
        search: {type: python, script: 'output["found"] = True'}
        check: {type: if, condition: input.found}
        done: {type: end, message: the answer is known}
        slow: {type: shell, script: sleep 60}
        after: {type: noop}
      edges: [search -> check, check.true -> done, slow -> after]
      outputs: {found: nodes.search.output.found}
      """
    When it runs
    Then the run is completed
    And the run returns {"found": true}
    And node "slow" is cancelled
    And node "after" is skipped
    And the run took less than 10 s

  Scenario Outline: An end says how the run came out
    Given the workflow:
      """
      name: how
      nodes:
        read: {type: python, script: 'output["rows"] = 0'}
        stop: {type: end, status: <status>, message: "there are ${{ input.rows }} rows"}
      edges: [read -> stop]
      """
    When it runs
    Then the run is <status>
    And the exit code is <code>

    Examples:
      | status    | code |
      | completed | 0    |
      | failed    | 1    |
      | cancelled | 4    |

  Scenario: An end that fails tells why
    Given the workflow:
      """
      name: why
      nodes:
        read: {type: python, script: 'output["rows"] = 0'}
        stop: {type: end, status: failed, message: "there are ${{ input.rows }} rows"}
      edges: [read -> stop]
      """
    When it runs
    Then the run reports EndFailed of "stop": there are 0 rows

  Scenario: An end in a container ends the container only
    Given the workflow:
      """
      name: in-container
      stop_grace: 1s
      nodes:
        box:
          type: container
          nodes:
            quick: {type: noop}
            done: {type: end}
            slow: {type: shell, script: sleep 60}
          edges: [quick -> done]
        after: {type: python, script: 'output["ran"] = True'}
      edges: [box -> after]
      """
    When it runs
    Then the run is completed
    And node "box" is completed
    And the output of "after" is {"ran": true}

  Scenario: An end in a loop ends one iteration, which counts by its status
    Given the workflow:
      """
      name: in-loop
      nodes:
        each:
          type: foreach
          items: '["completed", "failed", "cancelled", "completed"]'
          as: how
          max_concurrent: 1
          tolerate: 1
          nodes:
            pick: {type: switch, value: how, cases: {completed: well, failed: badly, cancelled: away}}
            well: {type: end}
            badly: {type: end, status: failed}
            away: {type: end, status: cancelled}
          edges: [pick.well -> well, pick.badly -> badly, pick.away -> away]
      """
    When it runs
    Then the run is completed
    And the output of "each" is {"items_processed": 2, "total_items": 4, "failed_items": 1}

  Scenario: A cancelled subflow cancels what runs in it, and what follows is skipped
    Given the file "child.yaml":
      """
      name: child
      nodes: {slow: {type: shell, script: touch started; sleep 60}, after: {type: noop}}
      edges: [slow -> after]
      """
    And the workflow:
      """
      name: cancel-subflow
      stop_grace: 1s
      nodes:
        call: {type: subflow, file: child.yaml}
        use: {type: noop}
        tidy: {type: python, script: 'output["status"] = input["status"]'}
        moment: {type: shell, script: 'until test -e started; do sleep 0.01; done'}
        stop: {type: cancel, targets: [call]}
      edges: [call -> use, {from: call, to: tidy, trigger: cancel}, moment -> stop]
      """
    When it runs
    Then the run is completed
    And nodes "call", "call/slow" are cancelled
    And nodes "use", "call/after" are skipped
    And the output of "tidy" is {"status": "cancelled"}
    And the output of "stop" is {"cancelled": ["call"]}
    And the run took less than 10 s

  Scenario: A subflow that ends cancelled is a cancelled node
    Given the file "child.yaml":
      """
      name: child
      nodes: {stop: {type: end, status: cancelled}}
      """
    And the workflow:
      """
      name: cancelled-subflow
      nodes:
        call: {type: subflow, file: child.yaml}
        use: {type: noop}
        tidy: {type: noop}
      edges: [call -> use, {from: call, to: tidy, trigger: cancel}]
      """
    When it runs
    Then node "call" is cancelled
    And node "use" is skipped because something before failed
    And node "tidy" is completed

  Scenario: The first answer counts, and who is still looking is stopped
    Given the workflow:
      """
      name: first-answer
      stop_grace: 1s
      nodes:
        quick: {type: python, script: 'output["answer"] = 42'}
        slow: {type: shell, script: sleep 60}
        later: {type: noop}
        first: {type: noop, join: any, cancel_rest: true}
        unrelated: {type: python, script: 'import time; time.sleep(0.05); output["done"] = True'}
      edges: [slow -> later, "[quick, later] -> first"]
      outputs: {answer: nodes.first.output.answer}
      """
    When it runs
    Then the run is completed
    And node "slow" is cancelled
    And node "later" is skipped
    And the output of "unrelated" is {"done": true}
    And the run returns {"answer": 42}
    And the run took less than 10 s

  Scenario: A loop lets go of what runs once enough is done
    Given the workflow:
      """
      name: enough
      stop_grace: 1s
      nodes:
        ask:
          type: foreach
          items: '["0", "60", "0", "60"]'
          as: seconds
          max_concurrent: 4
          until: completed >= 2
          nodes: {mirror: {type: shell, script: 'sleep "$WFLOW_INPUT_SECONDS"'}}
        after: {type: noop}
      edges: [ask -> after]
      """
    When it runs
    Then the run is completed
    And the output of "ask" is {"items_processed": 2, "total_items": 4, "failed_items": 0}
    And nodes "ask[1]/mirror", "ask[3]/mirror" are cancelled
    And node "after" is completed
    And the run took less than 10 s
