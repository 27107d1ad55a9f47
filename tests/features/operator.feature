Feature: What is asked of a run that nobody runs
  It is recorded at once and counts before anything starts. Nothing is started by it.

  Background:
    Given the workflow:
      """
      name: left
      cancel_grace: 5s
      variables: {cleaned: 0}
      nodes:
        before: {type: python, script: pass}
        work: {type: python, script: 'output["n"] = 1'}
        choose: {type: if, condition: input.n == 1}
        after: {type: python, script: pass}
        tidy: {type: python, script: 'variables.add("cleaned", 1)'}
      edges:
        - before -> work -> choose
        - choose.true -> after
        - {from: work, to: tidy, trigger: cancel}
      outputs: {cleaned: variables.cleaned}
      """

  Scenario: A run that was interrupted is paused, and goes on when it is resumed
    When it runs
    And its engine dies while "work" runs
    And a pause is asked for while nobody runs it
    Then the run stands as paused
    When it is resumed
    Then the run is completed
    And only nodes "work", "after" ran

  Scenario: A run that was interrupted is cancelled: what was running is not started again, what cleans up runs
    When it runs
    And its engine dies while "work" runs
    And it is cancelled
    Then the run is cancelled
    And the exit code is 4
    And node "work" is cancelled
    And only node "tidy" ran
    And the run returns {"cleaned": 1}

  Scenario: A run that was paused is cancelled
    When it runs
    And its engine dies while "work" runs
    And a pause is asked for while nobody runs it
    And it is cancelled
    Then the run is cancelled
    And only node "tidy" ran

  Scenario: A cancel that is recorded counts at the next resume, before anything starts
    When it runs
    And its engine dies while "work" runs
    And a cancel is asked for while nobody runs it
    Then the run stands as interrupted
    When it is resumed
    Then the run is cancelled
    And only node "tidy" ran

  Scenario: A cancel that its engine did not hear counts at the next resume, before anything starts
    When it runs
    And its engine dies while "work" runs
    And a cancel lies in its letter box
    And it is resumed
    Then the run is cancelled
    And only node "tidy" ran

  Scenario: A pause that its engine did not hear comes first, and the next resume goes on
    When it runs
    And its engine dies while "work" runs
    And a pause lies in its letter box
    And it is resumed
    Then the run is paused
    And the exit code is 5
    And node "work" did not run
    When it is resumed
    Then the run is completed
    And only nodes "work", "after" ran

  Scenario: A cancelled run is tried again
    When it runs
    And its engine dies while "work" runs
    And it is cancelled
    Then the run is cancelled
    When it is resumed
    Then the run is completed
    And only nodes "work", "after" ran

  Scenario: A signal wakes its wait, and what follows starts with the resume
    Given the workflow:
      """
      name: waits
      nodes:
        work: {type: python, script: pass}
        wait: {type: wait, signal: go}
        choose: {type: if, condition: input.n == 5}
        after: {type: python, script: 'output["n"] = 6'}
      edges: [wait -> choose, choose.true -> after]
      outputs: {n: nodes.after.output.n}
      """
    And once "work" is completed, a pause is asked for
    When it runs
    Then the run is paused
    When the signal "go" comes with {"n": 5} while nobody runs it
    Then node "wait" is completed
    And node "choose" is pending
    When it is resumed
    Then the run is completed
    And the run returns {"n": 6}
