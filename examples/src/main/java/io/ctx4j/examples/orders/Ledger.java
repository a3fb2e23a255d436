package io.ctx4j.examples.orders;

import org.springframework.data.repository.reactive.ReactiveCrudRepository;

/** A repository of Spring Data's: its statements end with their requests as any other. */
interface Ledger extends ReactiveCrudRepository<LedgerEntry, Integer> {}
