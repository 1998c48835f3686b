package org.deepgm.structure;

/** Something with an id that is unique in its data set and fixes its place in the order. */
public interface Identified {
  /** The id. */
  String id();
}
