package io.ctx4j.examples.orders;

import org.springframework.data.annotation.Id;
import org.springframework.data.relational.core.mapping.Table;

/** What was done with an order. */
@Table("ledger")
record LedgerEntry(@Id int id, int orderId, String entry) {}
