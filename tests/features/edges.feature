Feature: Edges
  An edge delivers the messages of its trigger, from its port, as long as its condition holds and it is switched on.

  Scenario Outline: A condition on an edge decides whether its target runs
    Given the workflow:
      """
      name: conditions
      parameters: {load: {type: number}}
      nodes:
        measure: {type: python, script: 'output["load"] = params["load"]'}
        more: {type: noop}
        fewer: {type: noop}
      edges:
        - {from: measure, to: more, condition: output.load > 0.8}
        - {from: measure, to: fewer, condition: output.load < 0.2}
      """
    When it runs with load = <load>
    Then the run is completed
    And node "more" is <more>
    And node "fewer" is <fewer>

    Examples:
      | load | more      | fewer     |
      | 0.9  | completed | skipped   |
      | 0.5  | skipped   | skipped   |
      | 0.1  | skipped   | completed |

  Scenario: A condition sees the variables and the parameters too
    Given the workflow:
      """
      name: condition-names
      parameters: {limit: {type: integer, default: 3}}
      variables: {errors: 0}
      nodes:
        scan: {type: python, script: 'variables.add("errors", 4)'}
        alarm: {type: noop}
        rest: {type: noop}
      edges:
        - {from: scan, to: alarm, condition: variables.errors > params.limit}
        - {from: scan, to: rest, condition: not (variables.errors > params.limit)}
      """
    When it runs
    Then node "alarm" is completed
    And node "rest" is skipped because another way was taken

  Scenario: A branch that is not taken is skipped to where it meets the other
    Given the workflow:
      """
      name: skipped-branch
      nodes:
        source: {type: python, script: 'output["big"] = False'}
        a: {type: noop}
        b: {type: noop}
        c: {type: noop}
        merge: {type: noop}
      edges:
        - {from: source, to: a, condition: output.big}
        - {from: source, to: c, condition: not output.big}
        - a -> b -> merge
        - c -> merge
      """
    When it runs
    Then the run is completed
    And nodes "a", "b" are skipped because another way was taken
    And nodes "c", "merge" are completed

  Scenario: A condition over data that is missing fails its target, and says what there is
    Given the workflow:
      """
      name: missing-data
      nodes:
        read: {type: python, script: 'output["count"] = 3'}
        next: {type: noop}
        after: {type: noop}
      edges:
        - {from: read, to: next, condition: output.cuont > 1}
        - next -> after
      """
    When it runs
    Then the run is failed
    And the run reports ExpressionError of "next": did you mean `count`?
    And node "read" is completed
    And node "next" is failed
    And node "after" is skipped because something before failed

  Scenario Outline: A default stands in for data that is missing or null
    Given the workflow:
      """
      name: default
      nodes:
        read: {type: python, script: 'output.update(<given>)'}
        many: {type: noop}
      edges:
        - {from: read, to: many, condition: (output.stats.count | default(5)) > 1}
      """
    When it runs
    Then the run is completed
    And node "many" is <status>

    Examples:
      | given                    | status    |
      | {}                       | completed |
      | {"stats": None}          | completed |
      | {"stats": {}}            | completed |
      | {"stats": {"count": 0}}  | skipped   |
      | {"stats": {"count": 2}}  | completed |

  Scenario: A condition that is neither true nor false is an error, and never taken as one of them
    Given the workflow:
      """
      name: no-boolean
      nodes:
        read: {type: python, script: 'output["count"] = 3'}
        next: {type: noop}
      edges: [{from: read, to: next, condition: output.count}]
      """
    When it runs
    Then the run is failed
    And the run reports ExpressionError of "next": a condition is true or false, this is 3

  Scenario: A variable that is not declared is found before anything runs
    Given the workflow:
      """
      name: undeclared
      variables: {total: 0}
      nodes: {a: {type: noop}, b: {type: noop}}
      edges: [{from: a, to: b, condition: variables.totl > 1}]
      """
    When it runs
    Then it is refused: `totl`

  Scenario: A port delivers what its branch of the source sends, in either spelling
    Given the workflow:
      """
      name: ports
      nodes:
        check: {type: if, condition: 3 > 2}
        yes: {type: noop}
        also: {type: noop}
        no: {type: noop}
      edges:
        - check.true -> yes
        - {from: check, port: "true", to: also}
        - {from: check, port: "false", to: no}
      """
    When it runs
    Then nodes "yes", "also" are completed
    And node "no" is skipped because another way was taken

  Scenario: A port that the source does not have is refused
    Given the workflow:
      """
      name: no-port
      nodes: {check: {type: if, condition: 3 > 2}, a: {type: noop}}
      edges: [check.maybe -> a]
      """
    When it runs
    Then it is refused: `maybe`

  Scenario: Complete, fail and always are messages of their own
    Given the workflow:
      """
      name: messages
      nodes:
        works: {type: python, script: 'output["n"] = 1'}
        breaks: {type: python, script: 'raise OSError("disk full")'}
        works-complete: {type: noop}
        works-fail: {type: noop}
        works-always: {type: noop}
        breaks-complete: {type: noop}
        breaks-fail: {type: noop}
        breaks-always: {type: noop}
      edges:
        - works -> works-complete
        - {from: works, to: works-fail, trigger: fail}
        - {from: works, to: works-always, trigger: always}
        - breaks -> breaks-complete
        - {from: breaks, to: breaks-fail, trigger: fail}
        - {from: breaks, to: breaks-always, trigger: always}
      """
    When it runs
    Then the run is completed
    And nodes "works-complete", "works-always", "breaks-fail", "breaks-always" are completed
    And node "works-fail" is skipped because another way was taken
    And node "breaks-complete" is skipped because something before failed
    And the input of "works-always" is {"n": 1, "status": "completed"}
    And the input of "breaks-fail" has error_message = "disk full"
    And the input of "breaks-fail" has error_type = "OSError"
    And the input of "breaks-always" has status = "failed"

  Scenario: A node that was cancelled sends cancel, and its clean-up runs
    Given the workflow:
      """
      name: cancel-message
      stop_grace: 1s
      nodes:
        server: {type: shell, script: sleep 60}
        ready: {type: wait, for: 50ms}
        stop: {type: cancel, targets: [server]}
        tidy: {type: python, script: 'output["after"] = input["status"]'}
        use: {type: noop}
      edges:
        - ready -> stop
        - server -> use
        - {from: server, to: tidy, trigger: cancel}
      """
    When it runs
    Then the run is completed
    And node "server" is cancelled
    And the output of "tidy" is {"after": "cancelled"}
    And node "use" is skipped because something before failed
    And the run took less than 10 s

  Scenario: Next is sent for each iteration, as it completes
    Given the workflow:
      """
      name: next-message
      variables: {seen: []}
      nodes:
        produce:
          type: foreach
          items: '["a", "b", "c"]'
          as: letter
          max_concurrent: 1
          collect: nodes.upper.output.text
          nodes:
            upper: {type: python, script: 'output["text"] = input["letter"].upper()'}
        consume:
          type: python
          join: each
          max_concurrent: 1
          script: 'variables.append("seen", [input["letter"], input["letter_index"], input["result"]])'
        after: {type: noop}
      edges:
        - {from: produce, to: consume, trigger: next}
        - consume -> after
      outputs: {seen: variables.seen}
      """
    When it runs
    Then the run is completed
    And node "consume" ran 3 times
    And node "after" ran 1 times
    And the run returns {"seen": [["a", 0, "A"], ["b", 1, "B"], ["c", 2, "C"]]}

  Scenario: A disabled edge is not taken, and what has no other way in is skipped
    Given the workflow:
      """
      name: disabled
      nodes: {a: {type: noop}, b: {type: noop}, c: {type: noop}, d: {type: noop}}
      edges:
        - {from: a, to: b, enabled: false}
        - b -> c
        - a -> d
      """
    When it runs
    Then the run is completed
    And nodes "b", "c" are skipped because another way was taken
    And node "d" is completed

  Scenario: A join does not wait for a disabled edge
    Given the workflow:
      """
      name: disabled-join
      nodes:
        a: {type: python, script: 'output["a"] = 1'}
        b: {type: python, script: 'output["b"] = 2'}
        both: {type: noop}
      edges:
        - a -> both
        - {from: b, to: both, enabled: false}
      """
    When it runs
    Then the run is completed
    And the output of "both" is {"a": 1}

  Scenario: The edges of one source are looked at by priority
    Given the workflow:
      """
      name: edge-priority
      max_concurrency: 1
      nodes:
        source: {type: noop}
        low: {type: python, script: pass}
        middle: {type: python, script: pass}
        high: {type: python, script: pass}
      edges:
        - {from: source, to: low, priority: -1}
        - source -> middle
        - {from: source, to: high, priority: 1}
      """
    When it runs
    Then the nodes began in the order "high", "middle", "low"

  Scenario: Always runs after a node that a failure kept from running, and not after one that was not taken
    Given the workflow:
      """
      name: always-skipped
      nodes:
        broken: {type: python, script: 'raise ValueError("no")'}
        kept: {type: noop}
        clean: {type: python, script: 'output["after"] = input["status"]'}
        check: {type: if, condition: 1 > 2}
        other: {type: noop}
        no-clean: {type: noop}
      edges:
        - broken -> kept
        - {from: kept, to: clean, trigger: always}
        - check.true -> other
        - {from: other, to: no-clean, trigger: always}
      """
    When it runs
    Then the run is failed
    And the output of "clean" is {"after": "skipped"}
    And node "no-clean" is skipped because another way was taken

  Scenario: A node with join each runs once for each message, and what follows it once
    Given the workflow:
      """
      name: join-each
      variables: {count: 0}
      nodes:
        a: {type: python, script: 'output["n"] = 1'}
        b: {type: python, script: 'output["n"] = 10'}
        c: {type: python, script: 'raise ValueError("no")'}
        repair: {type: python, script: 'output["n"] = 100'}
        each: {type: python, join: each, script: 'variables.add("count", input["n"])'}
        after: {type: noop}
      edges:
        - "[a, b, repair] -> each -> after"
        - {from: c, to: repair, trigger: fail}
      outputs: {count: variables.count}
      """
    When it runs
    Then the run is completed
    And node "each" ran 3 times
    And node "after" ran 1 times
    And the run returns {"count": 111}

  Scenario: A loop that has no next completed iteration sends none
    Given the workflow:
      """
      name: no-next
      nodes:
        produce:
          type: foreach
          items: range(3)
          as: n
          tolerate: 3
          nodes: {work: {type: python, script: 'if input["n"] != 1: raise ValueError("no")'}}
        consume: {type: python, join: each, script: 'output["n"] = input["n"]'}
      edges: [{from: produce, to: consume, trigger: next}]
      """
    When it runs
    Then the run is completed
    And node "consume" ran 1 times
    And the output of "consume" is {"n": 1}
