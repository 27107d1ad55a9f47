Feature: Time
  A timer says whether its schedule is due, a wait holds up what follows it. Neither holds a worker.

  Scenario Outline: A timer goes on with whether it is due
    Given the workflow:
      """
      name: nightly
      nodes:
        timer: {type: timer, schedule: "0 3 * * *", timezone: Europe/Zurich}
        due: {type: if, condition: input.triggered}
        backup: {type: noop}
        idle: {type: noop}
      edges:
        - timer -> due
        - due.true -> backup
        - due.false -> idle
      """
    When it runs at <moment>
    Then the run is completed
    And only "<taken>" of "backup", "idle" completed
    And the output of "timer" has triggered = <triggered>
    And the output of "timer" has trigger_time = <time>
    And the output of "timer" has next_trigger_time = "<next>"

    Examples:
      | moment               | taken  | triggered | time                          | next                        |
      | 2026-07-01T01:00:20Z | backup | true      | "2026-07-01T01:00:00.000000Z" | 2026-07-02T01:00:00.000000Z |
      | 2026-07-01T01:30:00Z | idle   | false     | null                          | 2026-07-02T01:00:00.000000Z |
      | 2026-01-15T02:00:05Z | backup | true      | "2026-01-15T02:00:00.000000Z" | 2026-01-16T02:00:00.000000Z |
      | 2026-01-15T01:59:59Z | idle   | false     | null                          | 2026-01-15T02:00:00.000000Z |

  Scenario: Each due time triggers one run only
    Given the workflow:
      """
      name: hourly
      nodes: {timer: {type: timer, schedule: "0 * * * *"}}
      outputs: {triggered: nodes.timer.output.triggered}
      """
    When it runs at 2026-07-01T10:00:05Z
    And it runs again at 2026-07-01T10:00:30Z
    And it runs again at 2026-07-01T09:00:10Z
    And it runs again at 2026-07-01T11:00:01Z
    Then the runs returned {"triggered": true}, {"triggered": false}, {"triggered": false}, {"triggered": true}

  Scenario: A timer may make up for what was missed
    Given the workflow:
      """
      name: catching-up
      nodes: {timer: {type: timer, schedule: "0 * * * *", catch_up: all, window: 1d}}
      outputs: {time: nodes.timer.output.trigger_time}
      """
    When it runs at 2026-07-01T10:00:05Z
    And it runs again at 2026-07-01T12:30:00Z
    And it runs again at 2026-07-01T12:30:10Z
    And it runs again at 2026-07-01T12:30:20Z
    Then the runs returned {"time": "2026-07-01T10:00:00.000000Z"}, {"time": "2026-07-01T11:00:00.000000Z"}, {"time": "2026-07-01T12:00:00.000000Z"}, {"time": null}

  Scenario: A timer may trigger with the first start
    Given the workflow:
      """
      name: on-start
      nodes: {timer: {type: timer, schedule: "0 3 * * *", trigger_on_start: true}}
      outputs: {triggered: nodes.timer.output.triggered}
      """
    When it runs at 2026-07-01T10:20:00Z
    And it runs again at 2026-07-01T10:21:00Z
    Then the runs returned {"triggered": true}, {"triggered": false}

  Scenario: A wait lets time pass
    Given the workflow:
      """
      name: waiting
      nodes:
        before: {type: python, script: pass}
        pause: {type: wait, for: 80ms}
        after: {type: python, script: pass}
      edges: [before -> pause -> after]
      """
    When it runs
    Then the run is completed
    And node "after" ran at least 80 ms after node "before"

  Scenario: A wait holds until the variables say so, and needs no worker to do it
    Given the workflow:
      """
      name: until
      variables: {ready: 0}
      nodes:
        gate: {type: wait, until: variables.ready == 3}
        after: {type: python, script: 'output["ready"] = variables["ready"]'}
        each:
          type: foreach
          items: range(3)
          nodes: {step: {type: python, script: 'variables.add("ready", 1)'}}
      edges: [gate -> after]
      """
    When it runs on 1 worker
    Then the run is completed
    And the output of "after" is {"ready": 3}
    And node "after" ran after nodes "each[0]/step", "each[1]/step", "each[2]/step"

  Scenario: A wait gives up after its timeout
    Given the workflow:
      """
      name: never
      variables: {ready: false}
      nodes:
        gate: {type: wait, until: variables.ready, timeout: 50ms}
        late: {type: noop}
      edges: [{from: gate, to: late, trigger: fail}]
      """
    When it runs
    Then the run is completed
    And node "gate" is failed
    And the input of "late" has error_type = "TimeoutError"

  Scenario: A signal wakes the wait for it, and is kept if it comes before
    Given the workflow:
      """
      name: approval
      nodes:
        prepare: {type: python, script: pass}
        first: {type: wait, signal: approval}
        second: {type: wait, signal: approval}
        ship: {type: python, script: 'output["by"] = input["by"]'}
      edges: [prepare -> first -> second -> ship]
      """
    And once "prepare" is completed, the signal "approval" comes with {"by": "ada"}
    And once "prepare" is completed, the signal "approval" comes with {"by": "bob"}
    When it runs
    Then the run is completed
    And the output of "first" is {"by": "ada"}
    And the output of "ship" is {"by": "bob"}
