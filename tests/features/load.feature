Feature: Load
  Many nodes, few workers, and every one of them counted.

  Scenario: A hundred nodes that take their time in no order at all
    Given the workflow:
      """
      name: hundred
      variables: {count: 0}
      max_concurrency: 30
      nodes:
        each:
          type: foreach
          items: range(100)
          as: n
          collect: nodes.work.output.n
          nodes:
            work:
              type: python
              script: |
                import random, time
                time.sleep(random.random() * 0.02)
                variables.add("count", 1)
                output["n"] = input["n"]
        sum: {type: python, script: 'output["sum"] = sum(input["results"])'}
      edges: [each -> sum]
      outputs: {sum: nodes.sum.output.sum, count: variables.count}
      """
    When it runs
    Then the run is completed
    And the run returns {"sum": 4950, "count": 100}

  Scenario: One worker does it all
    Given the workflow:
      """
      name: pressure
      variables: {count: 0}
      nodes:
        a: {type: foreach, items: range(100), nodes: {work: &work {type: python, script: 'variables.add("count", 1)'}}}
        b: {type: foreach, items: range(100), nodes: {work: *work}}
        c: {type: foreach, items: range(100), nodes: {work: *work}}
        each: {type: python, join: each, script: 'variables.add("count", 1)'}
        last: {type: noop}
      edges:
        - {from: [a, b, c], to: each, trigger: next, capacity: 3}
        - each -> last
      outputs: {count: variables.count}
      """
    When it runs on 1 worker
    Then the run is completed
    And the run returns {"count": 600}
    And at most 1 nodes ran at once
    And node "each" ran 300 times
    And node "last" ran 1 times

  Scenario: Scopes within scopes need no worker of their own
    Given the workflow:
      """
      name: deep
      nodes:
        a:
          type: foreach
          items: range(2)
          nodes:
            b:
              type: container
              nodes:
                c:
                  type: foreach
                  items: range(2)
                  nodes:
                    d:
                      type: container
                      mode: parallel
                      nodes:
                        e: {type: foreach, items: range(2), nodes: {work: {type: python, script: pass}}}
                        f: {type: foreach, items: range(2), nodes: {work: {type: shell, script: 'true'}}}
      """
    When it runs on 1 worker
    Then the run is completed
    And 16 nodes completed
