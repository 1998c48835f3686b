package org.deepgm.training;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;

/** Parameters as they are broadcast, see {@link ArrayBytes}. */
final class Parameters implements Serializable {
  private static final long serialVersionUID = 1L;

  private transient float[] values;

  /** Holds the array itself. */
  Parameters(float[] values) {
    this.values = values;
  }

  /** The array itself. */
  float[] values() {
    return values;
  }

  private void writeObject(ObjectOutputStream out) throws IOException {
    out.defaultWriteObject();
    ArrayBytes.write(out, values);
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    values = ArrayBytes.readFloats(in);
  }
}
