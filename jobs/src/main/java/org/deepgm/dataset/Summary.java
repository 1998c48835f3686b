package org.deepgm.dataset;

import java.io.Serializable;

/**
 * What the driver has to know of a data set, gathered in one pass: partitions count by themselves
 * and are merged in their order.
 *
 * @param <R> a record
 * @param <S> the kind of summary itself
 */
public interface Summary<R, S extends Summary<R, S>> extends Serializable {
  /** Counts a record. */
  void add(R record);

  /** Counts what another has counted behind this one. */
  void merge(S later);

  /** Records that were counted. */
  int count();

  /** A checksum over all of them, which shows their order and no partition. */
  String checksum();
}
