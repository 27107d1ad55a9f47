Feature: Foreach
  A loop runs its body once for each item, as many at once as it may.

  Scenario: The items are what an expression makes of the data
    Given the workflow:
      """
      name: filtered
      nodes:
        list:
          type: python
          script: |
            output["files"] = [{"name": "a", "size": 9}, {"name": "b", "size": 2}, {"name": "c", "size": 7}]
        each:
          type: foreach
          items: input.files | where(it.size > 5) | map(it.name)
          as: name
          collect: nodes.shout.output.text
          nodes:
            shout: {type: python, script: 'output["text"] = input["name"].upper()'}
      edges: [list -> each]
      """
    When it runs
    Then the run is completed
    And the output of "each" is {"items_processed": 2, "total_items": 2, "failed_items": 0, "results": ["A", "C"]}

  Scenario: A loop over nothing completes, and what follows it runs
    Given the workflow:
      """
      name: nothing
      nodes:
        each:
          type: foreach
          items: "[]"
          collect: item
          nodes: {body: {type: python, script: 'raise ValueError("never")'}}
        after: {type: noop}
      edges: [each -> after]
      """
    When it runs
    Then the run is completed
    And node "after" is completed
    And the input of "after" is {"items_processed": 0, "total_items": 0, "failed_items": 0, "results": []}

  Scenario: Results are in the order of the items, however long each takes
    Given the workflow:
      """
      name: ordered
      nodes:
        each:
          type: foreach
          items: "[60, 1, 30]"
          as: ms
          collect: nodes.sleep.output.slept
          nodes:
            sleep: {type: python, script: 'import time; time.sleep(input["ms"] / 1000); output["slept"] = input["ms"]'}
      outputs: {slept: nodes.each.output.results}
      """
    When it runs
    Then the run returns {"slept": [60, 1, 30]}

  Scenario: Nested loops see the items of both, in order
    Given the workflow:
      """
      name: pairs
      variables: {pairs: []}
      nodes:
        rows:
          type: foreach
          items: '["x", "y"]'
          as: row
          max_concurrent: 1
          nodes:
            columns:
              type: foreach
              items: "[1, 2, 3]"
              as: column
              max_concurrent: 1
              nodes:
                cell:
                  type: python
                  script: 'variables.append("pairs", [input["row"], input["column"]])'
      outputs: {pairs: variables.pairs}
      """
    When it runs
    Then the run is completed
    And the run returns {"pairs": [["x", 1], ["x", 2], ["x", 3], ["y", 1], ["y", 2], ["y", 3]]}
    And the input of "rows[1]/columns[2]/cell" is {"row": "y", "row_index": 1, "column": 3, "column_index": 2}

  Scenario: The inner loop's items may come from the outer loop's item
    Given the workflow:
      """
      name: groups
      nodes:
        groups:
          type: foreach
          items: '[{"name": "a", "members": [1, 2]}, {"name": "b", "members": []}, {"name": "c", "members": [3]}]'
          as: group
          collect: nodes.members.output.results
          nodes:
            members:
              type: foreach
              items: group.members
              as: member
              collect: group.name + str(member)
              nodes: {body: {type: noop}}
      outputs: {names: nodes.groups.output.results}
      """
    When it runs
    Then the run returns {"names": [["a1", "a2"], [], ["c3"]]}

  Scenario: A body sees the item, its index, and what came into the loop
    Given the workflow:
      """
      name: loop-names
      nodes:
        start: {type: python, script: 'output["unit"] = "km"'}
        each:
          type: foreach
          items: "[5, 8]"
          as: distance
          nodes:
            enter: {type: python, script: 'output["text"] = str(input["distance"]) + input["unit"]'}
            later:
              type: shell
              env: {TEXT: "${{ distance }} at ${{ distance_index }}"}
              script: echo "text=$TEXT" >> "$WFLOW_OUTPUT"
          edges: [enter -> later]
      edges: [start -> each]
      """
    When it runs
    Then the run is completed
    And the input of "each[0]/enter" is {"unit": "km", "distance": 5, "distance_index": 0}
    And the output of "each[1]/enter" is {"text": "8km"}
    And the output of "each[1]/later" has text = "8 at 1"

  Scenario: A loop tells how many of its items are done
    Given the workflow:
      """
      name: loop-output
      nodes:
        each:
          type: foreach
          items: range(4)
          as: n
          tolerate: 1
          nodes: {body: {type: python, script: 'output["n"] = 1 / input["n"]'}}
        report: {type: python, script: 'output["told"] = dict(input)'}
      edges: [each -> report]
      """
    When it runs
    Then the run is completed
    And the output of "report" is {"told": {"items_processed": 3, "total_items": 4, "failed_items": 1}}
    And the exit code is 0
    And the strict exit code is 6

  Scenario: The entries of a mapping are items with key and value
    Given the workflow:
      """
      name: mapping
      nodes:
        each:
          type: foreach
          items: '{"ada": 36, "bob": 41}'
          as: person
          key: person.key
          nodes: {body: {type: python, script: 'output["age"] = input["person"]["value"]'}}
      """
    When it runs
    Then the run is completed
    And the output of "each[ada]/body" is {"age": 36}
    And the output of "each[bob]/body" is {"age": 41}

  Scenario: A failed item fails the loop, once the other items have had their turn
    Given the workflow:
      """
      name: failed-item
      nodes:
        each:
          type: foreach
          items: "[1, 0, 2]"
          as: n
          nodes: {body: {type: python, script: 'output["n"] = 1 / input["n"]'}}
        after: {type: noop}
      edges: [each -> after]
      """
    When it runs
    Then the run is failed
    And the run reports ZeroDivisionError of "each[1]/body": division by zero
    And nodes "each[0]/body", "each[2]/body" are completed
    And nodes "each", "each[1]/body" are failed
    And node "after" is skipped because something before failed

  Scenario: A loop may stop at the first failed item
    Given the workflow:
      """
      name: stop-at-first
      nodes:
        each:
          type: foreach
          items: "[1, 0, 2, 3]"
          as: n
          max_concurrent: 1
          on_failure: stop
          nodes: {body: {type: python, script: 'output["n"] = 1 / input["n"]'}}
      """
    When it runs
    Then the run is failed
    And 1 nodes completed

  Scenario: A loop may end when enough is done
    Given the workflow:
      """
      name: enough
      nodes:
        search:
          type: foreach
          items: range(1000)
          max_concurrent: 1
          until: completed >= 3
          nodes: {look: {type: noop}}
      outputs: {looked_at: nodes.search.output.items_processed}
      """
    When it runs
    Then the run is completed
    And the run returns {"looked_at": 3}

  Scenario: Items that are no list, mapping or range are an error
    Given the workflow:
      """
      name: no-list
      nodes:
        read: {type: python, script: 'output["rows"] = None'}
        each: {type: foreach, items: input.rows, nodes: {body: {type: noop}}}
      edges: [read -> each]
      """
    When it runs
    Then the run is failed
    And the run reports ExpressionError of "each": items are a list, a mapping or a range, this is null

  Scenario Outline: So many failed items are tolerated, in number or as a share
    Given the workflow:
      """
      name: tolerated
      nodes:
        each:
          type: foreach
          items: range(10)
          as: n
          tolerate: <tolerated>
          collect: nodes.work.output.n
          nodes: {work: {type: python, script: 'output["n"] = input["n"] if input["n"] > 1 else {}["no"]'}}
      outputs: {results: nodes.each.output.results}
      """
    When it runs
    Then the run is <status>
    And the run returns {"results": <results>}

    Examples:
      | tolerated | status    | results                                |
      | 2         | completed | [null, null, 2, 3, 4, 5, 6, 7, 8, 9]   |
      | "20%"     | completed | [null, null, 2, 3, 4, 5, 6, 7, 8, 9]   |
      | 1         | failed    | null                                   |
      | "19%"     | failed    | null                                   |

  Scenario: Two items of one key are an error
    Given the workflow:
      """
      name: same-key
      nodes:
        each:
          type: foreach
          items: '[{"id": "a"}, {"id": "b"}, {"id": "a"}]'
          key: item.id
          max_concurrent: 1
          nodes: {work: {type: noop}}
      """
    When it runs
    Then the run is failed
    And the run reports ExpressionError of "each": two items have the key `a`

  Scenario: The items are read once, whatever the body does to where they came from
    Given the workflow:
      """
      name: read-once
      variables: {rows: [1, 2]}
      nodes:
        each:
          type: foreach
          items: variables.rows
          max_concurrent: 1
          nodes: {work: {type: python, script: 'variables.append("rows", 9)'}}
      outputs: {rows: variables.rows, count: nodes.each.output.total_items}
      """
    When it runs
    Then the run returns {"rows": [1, 2, 9, 9], "count": 2}
