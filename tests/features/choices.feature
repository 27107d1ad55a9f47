Feature: Choices
  An if has two ways out, a switch as many as it has cases and one for everything else.

  Scenario Outline: An if looks at several sources of data at once
    Given the workflow:
      """
      name: many-sources
      parameters: {strict: {type: boolean}}
      variables: {warnings: 0}
      nodes:
        count: {type: python, script: 'output["rows"] = 12'}
        check: {type: python, script: 'output["bad"] = 2; variables.add("warnings", 3)'}
        decide:
          type: if
          condition: >-
            input.rows > 10 and nodes.check.output.bad / inputs.count.rows < 0.5
            and (variables.warnings == 0 or not params.strict)
        load: {type: noop}
        stop: {type: noop}
      edges:
        - "[count, check] -> decide"
        - decide.true -> load
        - decide.false -> stop
      """
    When it runs with strict = <strict>
    Then the run is completed
    And node "<taken>" is completed
    And node "<other>" is skipped because another way was taken
    And the output of "decide" has condition_result = <result>
    And the output of "decide" has branch_taken = "<result>"
    And the input of "<taken>" has rows = 12

    Examples:
      | strict | result | taken | other |
      | false  | true   | load  | stop  |
      | true   | false  | stop  | load  |

  Scenario: An if with one way out simply ends the other
    Given the workflow:
      """
      name: one-way
      nodes:
        check: {type: if, condition: 1 > 2}
        then: {type: noop}
      edges: [check.true -> then]
      """
    When it runs
    Then the run is completed
    And node "then" is skipped because another way was taken

  Scenario Outline: A switch goes by a value, or by default
    Given the workflow:
      """
      name: by-value
      parameters: {colour: {type: string}}
      nodes:
        pick:
          type: switch
          value: params.colour
          cases: {red: stop, amber: stop, green: go}
        stop: {type: noop}
        go: {type: noop}
        look: {type: noop}
        after: {type: noop}
      edges:
        - pick.stop -> stop -> after
        - pick.go -> go -> after
        - pick.default -> look -> after
      outputs: {case: nodes.pick.output.matched_case, port: nodes.pick.output.port_selected}
      """
    When it runs with colour = "<colour>"
    Then the run is completed
    And only "<taken>" of "stop", "go", "look" completed
    And node "after" is completed
    And the run returns {"case": "<case>", "port": "<port>"}

    Examples:
      | colour | taken | case    | port    |
      | red    | stop  | red     | stop    |
      | amber  | stop  | amber   | stop    |
      | green  | go    | green   | go      |
      | blue   | look  | default | default |

  Scenario Outline: A switch goes by an expression, and compares numbers and booleans as text
    Given the workflow:
      """
      name: by-expression
      nodes:
        read: {type: python, script: 'output["rows"] = <rows>'}
        pick:
          type: switch
          value: input.rows | length if input.rows != null else false
          cases: {"0": none, "1": one, "false": missing}
        none: {type: noop}
        one: {type: noop}
        missing: {type: noop}
        many: {type: noop}
      edges:
        - read -> pick
        - pick.none -> none
        - pick.one -> one
        - pick.missing -> missing
        - pick.default -> many
      """
    When it runs
    Then the run is completed
    And only "<taken>" of "none", "one", "missing", "many" completed
    And the output of "pick" has expression_result = <result>

    Examples:
      | rows      | taken   | result |
      | []        | none    | 0      |
      | ["a"]     | one     | 1      |
      | None      | missing | false  |
      | [1, 2, 3] | many    | 3      |

  Scenario: A case whose port is left out is a port of its own name
    Given the workflow:
      """
      name: case-is-port
      nodes:
        pick: {type: switch, value: "'red'", cases: {red: null, green: null}}
        red: {type: noop}
        green: {type: noop}
      edges: [pick.red -> red, pick.green -> green]
      """
    When it runs
    Then only "red" of "red", "green" completed

  Scenario: A switch whose default leads nowhere ends there
    Given the workflow:
      """
      name: no-default
      nodes:
        pick: {type: switch, value: "'blue'", cases: {red: stop}}
        stop: {type: noop}
        after: {type: noop}
      edges: [pick.stop -> stop -> after]
      """
    When it runs
    Then the run is completed
    And nodes "stop", "after" are skipped because another way was taken

  Scenario: A condition that cannot be read fails the node, and its fail edge takes it
    Given the workflow:
      """
      name: failing-if
      nodes:
        read: {type: python, script: 'output["count"] = "many"'}
        check: {type: if, condition: input.count > 3}
        big: {type: noop}
        repair: {type: noop}
      edges:
        - read -> check
        - check.true -> big
        - {from: check, to: repair, trigger: fail}
      """
    When it runs
    Then the run is completed
    And node "check" is failed
    And node "repair" is completed
    And node "big" is skipped because something before failed
    And the input of "repair" has error_type = "ExpressionError"
