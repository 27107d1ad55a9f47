Feature: Failure
  A failure that an edge takes is handled. Any other fails the run, once the other branches are done.

  Scenario: A failure without a handler fails the run, and what follows is skipped
    Given the workflow:
      """
      name: unhandled
      nodes:
        risky: {type: python, script: 'raise ValueError("no such customer")'}
        after: {type: noop}
        later: {type: noop}
        other: {type: python, script: 'import time; time.sleep(0.03)'}
      edges: [risky -> after -> later]
      """
    When it runs
    Then the run is failed
    And the exit code is 1
    And the run reports ValueError of "risky": no such customer
    And nodes "after", "later" are skipped because something before failed
    And node "other" is completed

  Scenario: A failure with a handler does not fail the run, and the handler learns what went wrong
    Given the workflow:
      """
      name: handled
      nodes:
        risky: {type: python, script: 'raise ValueError("no such customer")'}
        after: {type: noop}
        repair:
          type: python
          script: |
            output["seen"] = [input["error_node"], input["error_type"], input["error_message"], input["attempts"]]
      edges:
        - risky -> after
        - {from: risky, to: repair, trigger: fail}
      """
    When it runs
    Then the run is completed
    And the exit code is 0
    And node "risky" is failed
    And node "after" is skipped because something before failed
    And the output of "repair" is {"seen": ["risky", "ValueError", "no such customer", 1]}

  Scenario: A handler that fails too fails the run
    Given the workflow:
      """
      name: failing-handler
      nodes:
        risky: {type: python, script: 'raise ValueError("first")'}
        repair: {type: python, script: 'raise OSError("second")'}
        last: {type: noop}
      edges:
        - {from: risky, to: repair, trigger: fail}
        - repair -> last
      """
    When it runs
    Then the run is failed
    And the run reports OSError of "repair": second
    And nodes "risky", "repair" are failed
    And node "last" is skipped because something before failed

  Scenario: The handler of a handler may take it
    Given the workflow:
      """
      name: second-handler
      nodes:
        risky: {type: python, script: 'raise ValueError("first")'}
        repair: {type: python, script: 'raise OSError("second")'}
        last: {type: python, script: 'output["message"] = input["error_message"]'}
      edges:
        - {from: risky, to: repair, trigger: fail}
        - {from: repair, to: last, trigger: fail}
      """
    When it runs
    Then the run is completed
    And the output of "last" is {"message": "second"}

  Scenario: Of several failures the run reports the first
    Given the workflow:
      """
      name: first-failure
      nodes:
        early: {type: python, script: 'raise ValueError("early")'}
        late: {type: python, script: 'raise OSError("late")'}
      edges: [{from: early, to: late, trigger: always}]
      """
    When it runs
    Then the run is failed
    And nodes "early", "late" are failed
    And the run reports ValueError of "early": early

  Scenario: A notification does not handle the failure
    Given the workflow:
      """
      name: notified
      nodes:
        risky: {type: shell, script: exit 75}
        tell: {type: python, script: 'output["of"] = input["error_node"]'}
      edges: [{from: risky, to: tell, trigger: fail, handles: false}]
      """
    When it runs
    Then the run is failed
    And the run reports ExitCode of "risky": 75
    And the output of "tell" is {"of": "risky"}

  Scenario: A handler may take some failures and leave the others
    Given the workflow:
      """
      name: some-failures
      parameters: {kind: {type: string}}
      nodes:
        risky:
          type: python
          script: |
            raise (TimeoutError if params["kind"] == "slow" else ValueError)("no")
        again: {type: noop}
      edges: [{from: risky, to: again, trigger: fail, condition: error.type == 'TimeoutError'}]
      """
    When it runs with kind = "slow"
    And it runs again with kind = "wrong"
    Then the runs were completed, failed

  Scenario: Where one way fails another leads to the same end
    Given the workflow:
      """
      name: repaired
      nodes:
        primary: {type: python, script: 'raise ConnectionError("primary is down")'}
        replica: {type: python, script: 'output["answer"] = 42'}
        use: {type: noop, join: any}
      edges:
        - primary -> use
        - {from: primary, to: replica, trigger: fail}
        - replica -> use
      outputs: {answer: nodes.use.output.answer}
      """
    When it runs
    Then the run is completed
    And the run returns {"answer": 42}

  Scenario: Clean-up runs however its source ended, and hides nothing
    Given the workflow:
      """
      name: clean-up
      variables: {cleaned_after: null}
      nodes:
        work: {type: python, script: 'raise ValueError("no")'}
        clean: {type: python, script: 'variables["cleaned_after"] = input["status"]'}
      edges: [{from: work, to: clean, trigger: always}]
      outputs: {cleaned_after: variables.cleaned_after}
      """
    When it runs
    Then the run is failed
    And the run returns {"cleaned_after": "failed"}

  Scenario: A run may stop its other branches at the first failure
    Given the workflow:
      """
      name: stopping
      on_failure: stop
      stop_grace: 1s
      nodes:
        long: {type: shell, script: sleep 60}
        after: {type: noop}
        risky: {type: python, script: 'raise ValueError("no")'}
      edges: [long -> after]
      """
    When it runs
    Then the run is failed
    And node "long" is cancelled
    And node "after" is skipped
    And the run took less than 10 s

  Scenario: The details of an error are kept whole
    Given the workflow:
      """
      name: details
      nodes:
        risky:
          type: python
          script: |
            def deep(n):
                if n == 0:
                    raise LookupError("line one\nline two: \u00fc \u96ea 'quoted' <tag> [/x] $" + "{{ no }}")
                deep(n - 1)

            try:
                deep(3)
            except LookupError as error:
                raise RuntimeError("could not look up" + " x" * 2000) from error
        repair: {type: python, script: 'output["length"] = len(input["error_message"])'}
      edges: [{from: risky, to: repair, trigger: fail}]
      """
    When it runs
    Then the run is completed
    And the output of "repair" is {"length": 4017}
    And the traceback of "risky" has the line `LookupError: line one`
    And the traceback of "risky" has the line `line two: ü 雪 'quoted' <tag> [/x] ${{ no }}`
    And the traceback of "risky" has the line `deep(n - 1)`
    And the input of "repair" has the whole error of "risky"

  Scenario: A shell node that fails tells its exit code and the end of what it said
    Given the workflow:
      """
      name: shell-failure
      nodes:
        work: {type: shell, script: 'echo "cannot open /data/x" >&2; exit 66'}
      """
    When it runs
    Then the run is failed
    And the run reports ExitCode of "work": 66
    And the run reports ExitCode of "work": cannot open /data/x
