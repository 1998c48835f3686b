package org.deepgm.network;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/** The named slices of one flat parameter vector, in order and without gaps. */
public final class ParameterLayout implements Serializable {
  private static final long serialVersionUID = 1L;

  /**
   * One named tensor in the vector.
   *
   * @param name such as {@code layer1.weight}
   * @param offset index of its first value
   * @param shape dimensions, row-major
   * @param decayed whether weight decay applies
   * @param rate factor of the learning rate
   */
  public record Slice(String name, int offset, List<Integer> shape, boolean decayed, double rate)
      implements Serializable {
    /** Number of values. */
    public int length() {
      return shape.stream().mapToInt(Integer::intValue).reduce(1, Math::multiplyExact);
    }
  }

  private final List<Slice> slices;
  private final int length;
  private final boolean sparse;

  private ParameterLayout(List<Slice> slices, int length, boolean sparse) {
    this.slices = slices;
    this.length = length;
    this.sparse = sparse;
  }

  /** Parameters before the sparse slice; all of them without one. */
  public int denseLength() {
    return sparse ? slices.get(slices.size() - 1).offset() : length;
  }

  /**
   * The last slice if an example touches but a few of its rows (its first dimension), else null.
   * Its gradient comes as {@link SparseRows}.
   */
  public Slice sparse() {
    return sparse ? slices.get(slices.size() - 1) : null;
  }

  /** The slices in order. */
  public List<Slice> slices() {
    return slices;
  }

  /** Length of the vector. */
  public int length() {
    return length;
  }

  /** The slice of a name. */
  public Slice slice(String name) {
    return slices.stream()
        .filter(s -> s.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("No parameters are called " + name));
  }

  /** Whether there is a slice of this name. */
  public boolean contains(String name) {
    return slices.stream().anyMatch(s -> s.name().equals(name));
  }

  /** Starts an empty layout. */
  public static Builder builder() {
    return new Builder();
  }

  /** Appends slices. */
  public static final class Builder {
    private final List<Slice> slices = new ArrayList<>();
    private int length;
    private boolean sparse;

    /** Appends the sparse slice, [rows, width], which is the last. */
    public int addSparse(String name, boolean decayed, int rows, int width) {
      int offset = add(name, decayed, rows, width);
      sparse = true;
      return offset;
    }

    /** Appends a slice and returns its offset. */
    public int add(String name, boolean decayed, Integer... shape) {
      return addAtRate(name, decayed, 1, shape);
    }

    /** Appends a slice that learns at a rate of its own and returns its offset. */
    public int addAtRate(String name, boolean decayed, double rate, Integer... shape) {
      if (sparse) {
        throw new IllegalStateException("Expected nothing after the sparse slice, found " + name);
      }
      Slice slice = new Slice(name, length, List.of(shape), decayed, rate);
      slices.add(slice);
      length = Math.addExact(length, slice.length());
      return slice.offset();
    }

    /** The layout. */
    public ParameterLayout build() {
      return new ParameterLayout(List.copyOf(slices), length, sparse);
    }
  }
}
