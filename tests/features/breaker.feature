Feature: Circuit breakers
  A breaker is shared by all runs. Once too many of the last calls have failed it lets nobody call for a while, then lets
  a few try.

  Scenario: It opens, lets a few try after a while, and closes when they succeed
    Given the workflow:
      """
      name: calls
      parameters: {down: {type: boolean, default: false}}
      nodes:
        call:
          type: python
          breaker: {name: api, minimum_calls: 2, open_for: 30s, half_open_successes: 2}
          fallback: cache
          script: |
            if params["down"]:
                raise ConnectionError("no answer")
            output["from"] = "service"
        cache: {type: python, script: 'output["from"] = input["fallback_reason"]'}
      outputs: {from: nodes.call.output.from}
      """
    When it runs at 2026-07-01T10:00:00Z with down = true
    And it runs again at 2026-07-01T10:00:01Z with down = true
    Then the breaker "api" is open at 2026-07-01T10:00:01Z
    When it runs again at 2026-07-01T10:00:30Z
    Then node "call" is completed
    And only node "cache" ran
    And the input of "cache" has error_type = "BreakerOpen"
    And the input of "cache" has error_message = "the breaker `api` is open until 2026-07-01T10:00:31Z"
    When it runs again at 2026-07-01T10:00:31Z
    Then the breaker "api" is half-open at 2026-07-01T10:00:31Z
    When it runs again at 2026-07-01T10:00:32Z
    Then the breaker "api" is closed at 2026-07-01T10:00:32Z
    And the runs returned {"from": "failed"}, {"from": "failed"}, {"from": "breaker open"}, {"from": "service"}, {"from": "service"}

  Scenario: One failure opens it again
    Given the workflow:
      """
      name: calls
      parameters: {down: {type: boolean, default: false}}
      nodes:
        call:
          type: python
          breaker: {name: api, minimum_calls: 2, open_for: 30s, half_open_successes: 2}
          script: |
            if params["down"]:
                raise ConnectionError("no answer")
      """
    When it runs at 2026-07-01T10:00:00Z with down = true
    And it runs again at 2026-07-01T10:00:00Z with down = true
    And it runs again at 2026-07-01T10:00:30Z
    And it runs again at 2026-07-01T10:00:40Z with down = true
    Then the breaker "api" is open at 2026-07-01T10:01:09Z
    When it runs again at 2026-07-01T10:01:09Z
    Then the run reports BreakerOpen of "call": the breaker `api` is open until 2026-07-01T10:01:10Z
    When it runs again at 2026-07-01T10:01:10Z
    And it runs again at 2026-07-01T10:01:10Z
    Then the breaker "api" is closed at 2026-07-01T10:01:10Z
    And the runs were failed, failed, completed, failed, failed, completed, completed

  Scenario: A clock that is set back keeps it open no longer than it may
    Given the workflow:
      """
      name: calls
      parameters: {down: {type: boolean, default: false}}
      nodes:
        call:
          type: python
          breaker: {name: api, minimum_calls: 1, open_for: 30s}
          script: |
            if params["down"]:
                raise ConnectionError("no answer")
      """
    When it runs at 2026-07-01T10:00:00Z with down = true
    And it runs again at 2026-06-01T10:00:00Z
    Then the run reports BreakerOpen of "call": the breaker `api` is open until 2026-06-01T10:00:30Z
    When it runs again at 2026-06-01T10:00:30Z
    Then the run is completed

  Scenario: Within one run, calls stop as soon as it opens
    Given the workflow:
      """
      name: many
      nodes:
        calls:
          type: foreach
          items: range(40)
          on_failure: continue
          tolerate: 40
          collect: nodes.call.output.why
          nodes:
            call:
              type: python
              breaker: {name: api, failure_threshold: 1, minimum_calls: 5, open_for: 1h}
              fallback: instead
              script: 'raise ConnectionError("no answer")'
            instead: {type: python, script: 'output["why"] = input["fallback_reason"]'}
      outputs:
        failed: nodes.calls.output.results | where(it == "failed") | length
        refused: nodes.calls.output.results | where(it == "breaker open") | length
      """
    When it runs on 1 worker
    Then the run returns {"failed": 5, "refused": 35}

  Scenario: A refusal takes the fail edge, and says so
    Given the workflow:
      """
      name: handled
      parameters: {down: {type: boolean, default: false}}
      nodes:
        call:
          type: shell
          breaker: {name: api, minimum_calls: 1, open_for: 1h}
          script: '! [ "$WFLOW_PARAM_DOWN" = true ]'
        mend: {type: noop}
      edges: [{from: call, to: mend, trigger: fail}]
      """
    When it runs with down = true
    Then the input of "mend" has error_type = "ExitCode"
    When it runs again with down = false
    Then the run is completed
    And the input of "mend" has error_type = "BreakerOpen"
    And only "mend" of "mend", "call" completed

  Scenario: It is asked again for each attempt
    Given the workflow:
      """
      name: retried
      nodes:
        call:
          type: python
          breaker: {name: api, failure_threshold: 1, minimum_calls: 2, open_for: 1h}
          retry: {max_attempts: 4, initial_delay: 1ms}
          script: 'raise ConnectionError("no answer")'
      """
    When it runs
    Then the run reports BreakerOpen of "call": the breaker `api` is open until
    And node "call" took 4 attempts

  Scenario Outline: What says nothing of the service does not count
    Given the workflow:
      """
      name: unrelated
      nodes:
        call: {breaker: {name: api, minimum_calls: 1}, <does>}
      """
    When it runs
    Then the run is failed
    And the run reports <error> of "call": <why>
    And the breaker "api" knows of 0 calls

    Examples:
      | does                                                               | error           | why                |
      | type: python, script: 'output["x"] = {1, 2}'                       | ValueNotJson    | `x` is of type set |
      | type: python, script: 'compile("(", "", "eval")'                   | SyntaxError     | '(' was never      |
      | type: python, script: 'variables["n"] = 1'                         | UnknownVariable | the workflow       |
      | type: shell, command: [no-such-command-anywhere]                   | NotStarted      | the command        |
      | type: shell, command: ["${{ input.nothing.such }}"]                | ExpressionError | expression         |
      | type: foreach, items: input.nothing.such, nodes: {x: {type: noop}} | ExpressionError | expression         |
      | type: subflow, file: "${{ 'nowhere.yaml' }}"                       | DefinitionError | nowhere.yaml       |

  Scenario: What is cancelled does not count, and what times out does
    Given the workflow:
      """
      name: stopped
      stop_grace: 1s
      nodes:
        slow: {type: shell, command: [sleep, "60"], breaker: {name: cancelled, minimum_calls: 1}}
        quick: {type: wait, for: 100ms}
        stop: {type: cancel, targets: [slow]}
        late: {type: shell, command: [sleep, "60"], timeout: 100ms, breaker: {name: late, minimum_calls: 1}}
      edges: [quick -> stop]
      """
    When it runs
    Then node "slow" is cancelled
    And the breaker "cancelled" knows of 0 calls
    And the breaker "late" is open now

  Scenario: A whole scope is one call
    Given the workflow:
      """
      name: scope
      nodes:
        outer:
          type: container
          breaker: {name: api, minimum_calls: 1, open_for: 1h}
          fallback: instead
          nodes:
            first: {type: python, script: pass}
            second: {type: python, script: 'raise ConnectionError("no answer")'}
          edges: [first -> second]
        instead: {type: python, script: 'output["why"] = input["fallback_reason"]'}
      outputs: {why: nodes.outer.output.why}
      """
    When it runs
    And it runs again
    Then the runs returned {"why": "failed"}, {"why": "breaker open"}
    And nodes "outer/first", "outer/second" did not run

  Scenario: A pause takes nothing from a breaker, and a resume asks it again
    Given the workflow:
      """
      name: paused
      nodes:
        calls:
          type: foreach
          items: range(10)
          max_concurrent: 10
          nodes:
            call: {type: shell, command: [sleep, "0.06"], breaker: {name: api, minimum_calls: 10}}
      """
    And once "calls[2]/call" is completed, a pause is asked for
    When it runs on 1 worker
    Then the run is paused
    When it is resumed
    Then the run is completed
    And node "calls[9]/call" ran 1 times
    And the breaker "api" knows of 10 calls
