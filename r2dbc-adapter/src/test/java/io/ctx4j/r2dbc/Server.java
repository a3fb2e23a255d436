package io.ctx4j.r2dbc;

import io.r2dbc.spi.ConnectionFactory;
import java.util.function.IntConsumer;

/**
 * A database server, how it spells what the tests ask for, and what it has to say about an
 * application's connections.
 */
interface Server {
  ConnectionFactory driver(String application);

  void execute(String sql);

  long count(String sql);

  void forEachInt(String sql, IntConsumer action);

  /** How others than the application name a table of its. */
  String table(String application, String name);

  /** A query of one row that takes its time. */
  String slow(int seconds);

  /** The parameter of that number, from 1 on. */
  String parameter(int number);

  /**
   * Statements of the application that take their time; what a driver asks as it connects is none.
   */
  long active(String application);

  long idleInTransaction(String application);

  long connections(String application);
}
