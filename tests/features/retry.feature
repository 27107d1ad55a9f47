Feature: Retry and fallback
  A failed attempt may be tried again, and another node may stand in for one that cannot.

  Scenario: A retry that succeeds
    Given the workflow:
      """
      name: succeeds
      nodes:
        flaky:
          type: python
          retry: {max_attempts: 4, initial_delay: 1ms}
          script: |
            if run.attempt < 3:
                raise ConnectionError(f"attempt {run.attempt}")
            output["attempt"] = run.attempt
        after: {type: noop}
      edges: [flaky -> after]
      """
    When it runs
    Then the run is completed
    And node "flaky" took 3 attempts
    And the output of "flaky" is {"attempt": 3}
    And node "after" is completed

  Scenario: A retry that is used up fails with the last error, and its message is a dead letter
    Given the workflow:
      """
      name: used-up
      nodes:
        flaky:
          type: python
          retry: {max_attempts: 3, initial_delay: 1ms}
          script: 'raise ConnectionError(f"attempt {run.attempt}")'
        after: {type: noop}
      edges: [flaky -> after]
      """
    When it runs
    Then the run is failed
    And node "flaky" took 3 attempts
    And the run reports ConnectionError of "flaky": attempt 3
    And the message of "flaky" is a dead letter
    And node "after" is skipped because something before failed

  Scenario: A handler of a retried node hears of it once, when the retries are used up
    Given the workflow:
      """
      name: used-up-handled
      nodes:
        flaky: {type: shell, retry: {max_attempts: 2, initial_delay: 1ms}, script: exit 5}
        repair: {type: python, script: 'output["attempts"] = input["attempts"]'}
      edges: [{from: flaky, to: repair, trigger: fail}]
      """
    When it runs
    Then the run is completed
    And node "repair" ran 1 times
    And the output of "repair" is {"attempts": 2}
    And no message is a dead letter

  Scenario Outline: Delays grow by their strategy, up to a limit
    Given the workflow:
      """
      name: delays
      nodes:
        flaky:
          type: python
          retry: {max_attempts: 5, strategy: <strategy>, initial_delay: 4ms, max_delay: 20ms, multiplier: 3, jitter: 0}
          script: 'raise ConnectionError("no")'
      """
    When it runs
    Then the run is failed
    And node "flaky" took 5 attempts
    And the delays before the attempts of "flaky" were <delays> ms

    Examples:
      | strategy    | delays       |
      | fixed       | 4, 4, 4, 4   |
      | linear      | 4, 8, 12, 16 |
      | exponential | 4, 12, 20, 20 |

  Scenario Outline: Only errors of the types that are named are tried again
    Given the workflow:
      """
      name: by-type
      nodes:
        flaky:
          type: python
          retry: {max_attempts: 3, initial_delay: 1ms, <which>}
          script: 'raise <error>("no")'
      """
    When it runs
    Then the run is failed
    And node "flaky" took <attempts> attempts

    Examples:
      | which                     | error           | attempts |
      | on: [ConnectionError]     | ConnectionError | 3        |
      | on: [ConnectionError]     | ValueError      | 1        |
      | not_on: [ValueError]      | ConnectionError | 3        |
      | not_on: [ValueError]      | ValueError      | 1        |

  Scenario Outline: Exit codes are named in the same way
    Given the workflow:
      """
      name: by-exit-code
      nodes:
        flaky:
          type: shell
          retry: {max_attempts: 3, initial_delay: 1ms, on: ["exit:75"]}
          script: exit <code>
      """
    When it runs
    Then node "flaky" took <attempts> attempts

    Examples:
      | code | attempts |
      | 75   | 3        |
      | 1    | 1        |

  Scenario: An attempt that times out is tried again
    Given the workflow:
      """
      name: timeout-retry
      stop_grace: 1s
      nodes:
        slow:
          type: shell
          timeout: 400ms
          retry: {max_attempts: 2, initial_delay: 1ms, on: [TimeoutError]}
          script: 'if [ "$WFLOW_ATTEMPT" = 1 ]; then sleep 60; fi; echo "attempt=$WFLOW_ATTEMPT" >> "$WFLOW_OUTPUT"'
      """
    When it runs
    Then the run is completed
    And node "slow" took 2 attempts
    And the output of "slow" has attempt = "2"

  Scenario: A run has so many retries and no more
    Given the workflow:
      """
      name: budget
      retry_budget: 3
      max_concurrency: 1
      variables: {failed: 0}
      nodes:
        a: {type: python, retry: {max_attempts: 3, initial_delay: 1ms}, script: 'raise ConnectionError("a")'}
        b: {type: python, retry: {max_attempts: 3, initial_delay: 1ms}, script: 'raise ConnectionError("b")'}
        c: {type: python, script: pass}
      edges: [{from: a, to: b, trigger: fail}, {from: b, to: c, trigger: fail}]
      """
    When it runs
    Then the run is completed
    And node "a" took 3 attempts
    And node "b" took 2 attempts

  Scenario: A retried foreach runs only the items again that failed
    Given the workflow:
      """
      name: retried-loop
      nodes:
        each:
          type: foreach
          items: range(4)
          as: n
          retry: {max_attempts: 2, initial_delay: 1ms}
          nodes:
            work:
              type: shell
              script: |
                if [ "$WFLOW_INPUT_N" = 2 ] && ! test -e seen; then
                  touch seen
                  exit 1
                fi
      """
    When it runs
    Then the run is completed
    And the output of "each" is {"items_processed": 4, "total_items": 4, "failed_items": 0}
    And node "each[2]/work" ran 2 times
    And node "each[1]/work" ran 1 times
    And node "each[3]/work" ran 1 times

  Scenario: A fallback stands in when the retries are used up, with the same input and what went wrong
    Given the workflow:
      """
      name: fallback
      nodes:
        ask: {type: python, script: 'output["city"] = "Bern"'}
        live:
          type: python
          retry: {max_attempts: 2, initial_delay: 1ms}
          fallback: cache
          script: 'raise ConnectionError("service is down")'
        cache: {type: python, script: 'output.update(city=input["city"], instead_of=input["error_message"])'}
        use: {type: noop}
      edges: [ask -> live -> use]
      """
    When it runs
    Then the run is completed
    And node "live" is completed
    And the output of "use" is {"city": "Bern", "instead_of": "service is down"}
    And the input of "cache" has error_type = "ConnectionError"
    And the input of "cache" has attempts = 2

  Scenario: A fallback does not run where it is not needed
    Given the workflow:
      """
      name: no-fallback
      nodes:
        live: {type: python, fallback: cache, script: 'output["from"] = "live"'}
        cache: {type: python, script: 'output["from"] = "cache"'}
        use: {type: noop}
      edges: [live -> use]
      """
    When it runs
    Then the run is completed
    And the output of "use" is {"from": "live"}
    And node "cache" did not run

  Scenario: If the fallback fails too, the original error stands
    Given the workflow:
      """
      name: failing-fallback
      nodes:
        live: {type: python, fallback: cache, script: 'raise ConnectionError("service is down")'}
        cache: {type: python, script: 'raise KeyError("nothing cached")'}
      """
    When it runs
    Then the run is failed
    And the run reports ConnectionError of "live": service is down
    And nodes "live", "cache" are failed
