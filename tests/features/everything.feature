Feature: Everything together
  One workflow with each kind of node, each kind of edge and each kind of join.

  Background:
    Given the file "parts/price.yaml":
      """
      name: price
      parameters: {net: {type: number}, rate: {type: number, default: 0.5}}
      variables: {gross: 0}
      nodes:
        add: {type: python, script: 'variables["gross"] = params["net"] * (1 + params["rate"])'}
      outputs: {gross: variables.gross}
      """
    And the workflow:
      """
      name: orders
      parameters:
        orders: {type: array, items: {type: object}}
        mode: {type: string, default: normal}
      variables: {total: 0, seen: [], left: 3, failures: 0, cleaned: false}
      pools: {ledger: 1}
      max_concurrency: 6
      stop_grace: 1s
      nodes:
        start: {type: timer, schedule: "0 3 * * *", trigger_on_start: true}
        read: {type: python, script: 'output["orders"] = params["orders"]'}
        any-orders: {type: if, condition: input.orders | length > 0}
        warm-up:
          type: while
          condition: variables.left > 0
          max_iterations: 10
          nodes: {count-down: {type: python, script: 'variables.add("left", -1)'}}
        handle:
          type: foreach
          items: input.orders | where(it.amount > 0)
          as: order
          key: order.id
          max_concurrent: 3
          collect: nodes.priced.output.gross
          nodes:
            kind: {type: switch, value: order.kind, cases: {book: reduced, food: reduced}}
            reduced: {type: subflow, file: parts/price.yaml, with: {net: "${{ order.amount }}", rate: 0.25}}
            full: {type: subflow, file: "parts/${{ 'price' }}.yaml", with: {net: "${{ order.amount }}"}}
            priced: {type: noop}
            book:
              type: container
              mode: sequential
              nodes:
                check: {type: shell, script: 'test "$WFLOW_INPUT_GROSS" != 0 && echo "gross=$WFLOW_INPUT_GROSS" >> "$WFLOW_OUTPUT"'}
                add: {type: python, pool: ledger, script: 'variables.add("total", float(input["gross"]))'}
          edges:
            - kind.reduced -> reduced -> priced
            - kind.default -> full -> priced
            - priced -> book
        tell: {type: python, join: each, max_concurrent: 1, script: 'variables.append("seen", input["order"]["id"])'}
        no-orders: {type: noop}
        risky:
          type: python
          retry: {max_attempts: 2, initial_delay: 1ms}
          fallback: stand-in
          script: |
            if params["mode"] == "broken":
                raise ConnectionError("no archive")
            output["archived"] = True
        stand-in: {type: python, script: 'output["archived"] = False'}
        fragile: {type: python, script: 'if params["mode"] != "normal": raise ValueError("fragile")'}
        repair: {type: python, script: 'variables.add("failures", 1)'}
        clean: {type: python, script: 'variables["cleaned"] = True'}
        settle: {type: wait, until: variables.left == 0, timeout: 20s}
        quick: {type: wait, for: 50ms}
        server: {type: shell, script: sleep 60}
        first: {type: noop, join: any, cancel_rest: true}
        audit: {type: noop}
        end: {type: noop}
      edges:
        - start -> [read, warm-up]
        - read -> any-orders
        - any-orders.true -> handle
        - any-orders.false -> no-orders
        - {from: handle, to: tell, trigger: next}
        - {from: start, to: risky, condition: output.triggered}
        - start -> fragile
        - {from: fragile, to: repair, trigger: fail}
        - {from: fragile, to: clean, trigger: always}
        - {from: start, to: audit, enabled: false}
        - start -> settle
        - "[quick, server] -> first"
        - "[warm-up, handle, no-orders, risky, settle, first, audit] -> end"
      outputs:
        total: variables.total
        seen: variables.seen | sort
        prices: nodes.handle.output.results
        archived: nodes.risky.output.archived
        failures: variables.failures
        cleaned: variables.cleaned
      """

  Scenario: All goes well
    When it runs with orders = [{"id": "b1", "kind": "book", "amount": 8}, {"id": "x", "kind": "book", "amount": 0}, {"id": "t2", "kind": "tool", "amount": 10}, {"id": "f3", "kind": "food", "amount": 4}]
    Then the run is completed
    And the run returns {"total": 30.0, "seen": ["b1", "f3", "t2"], "prices": [10.0, 15.0, 5.0], "archived": true, "failures": 0, "cleaned": true}
    And nodes "handle[b1]/reduced/add", "handle[t2]/full/add", "handle[f3]/book/add" are completed
    And nodes "handle[b1]/full", "handle[t2]/reduced", "no-orders", "repair", "audit" are skipped
    And node "warm-up" is completed
    And node "tell" ran 3 times
    And node "stand-in" did not run
    And node "server" is cancelled
    And node "end" is completed
    And the run took less than 10 s

  Scenario: Nothing to do
    When it runs with orders = []
    Then the run is completed
    And the run returns {"total": 0, "seen": [], "prices": null, "archived": true, "failures": 0, "cleaned": true}
    And nodes "handle", "tell" are skipped because another way was taken
    And nodes "no-orders", "end" are completed

  Scenario: What can fail does, and is taken care of
    When it runs with orders = [{"id": "b1", "kind": "book", "amount": 8}] and mode = "broken"
    Then the run is completed
    And the run returns {"total": 10.0, "seen": ["b1"], "prices": [10.0], "archived": false, "failures": 1, "cleaned": true}
    And node "fragile" is failed
    And nodes "risky", "stand-in", "repair", "clean", "end" are completed

  Scenario: One order that nobody can make sense of fails the run, and the others are done
    When it runs with orders = [{"id": "b1", "kind": "book", "amount": 8}, {"id": "u2", "amount": 2}]
    Then the run is failed
    And the run reports ExpressionError of "handle[u2]/kind": `kind`
    And the run returns {"total": 10.0, "seen": ["b1"], "prices": null, "archived": true, "failures": 0, "cleaned": true}
    And node "end" is skipped because something before failed

  Scenario: One worker is enough
    When it runs on 1 worker with orders = [{"id": "b1", "kind": "book", "amount": 8}, {"id": "t2", "kind": "tool", "amount": 10}]
    Then the run is completed
    And the run returns {"total": 25.0, "seen": ["b1", "t2"], "prices": [10.0, 15.0], "archived": true, "failures": 0, "cleaned": true}
