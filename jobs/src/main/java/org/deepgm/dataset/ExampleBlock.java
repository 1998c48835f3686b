package org.deepgm.dataset;

import java.io.Serializable;
import java.util.List;

/**
 * The examples of one partition, cached as one object: a run of the data set's fixed order.
 *
 * @param first index of the first example in the data set
 * @param examples in the order of their ids
 */
public record ExampleBlock<X>(int first, List<X> examples) implements Serializable {}
