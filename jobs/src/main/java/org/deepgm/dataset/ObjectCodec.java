package org.deepgm.dataset;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.OutputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Objects as bytes by Java's serialization, each by itself, the descriptions of their classes once
 * for all of them. Decoding is safe from several threads once nothing is encoded anymore.
 */
final class ObjectCodec implements Serializable {
  private static final long serialVersionUID = 1L;

  private final List<Class<?>> classes = new ArrayList<>();
  private final Map<String, Integer> numbers = new HashMap<>();

  /** Bytes that can be written where they are. */
  static final class Bytes extends ByteArrayOutputStream {
    byte[] buffer() {
      return buf;
    }
  }

  /** Appends an object. */
  void encode(Object value, Bytes to) throws IOException {
    try (ObjectOutputStream out = new Encoder(to)) {
      out.writeObject(value);
    }
  }

  /** The object that bytes stand for. */
  Object decode(byte[] bytes, int from, int length) throws IOException, ClassNotFoundException {
    try (ObjectInputStream in = new Decoder(new ByteArrayInputStream(bytes, from, length))) {
      return in.readObject();
    }
  }

  private final class Encoder extends ObjectOutputStream {
    Encoder(OutputStream out) throws IOException {
      super(out);
    }

    @Override
    protected void writeStreamHeader() {
      // Nothing of the stream is read elsewhere.
    }

    @Override
    protected void writeClassDescriptor(ObjectStreamClass description) throws IOException {
      Integer number = numbers.get(description.getName());
      if (number == null) {
        number = classes.size();
        numbers.put(description.getName(), number);
        classes.add(description.forClass());
      }
      writeInt(number);
    }
  }

  private final class Decoder extends ObjectInputStream {
    Decoder(InputStream in) throws IOException {
      super(in);
    }

    @Override
    protected void readStreamHeader() {
      // None was written.
    }

    @Override
    protected ObjectStreamClass readClassDescriptor() throws IOException {
      return ObjectStreamClass.lookupAny(classes.get(readInt()));
    }

    @Override
    protected Class<?> resolveClass(ObjectStreamClass description) {
      return description.forClass();
    }
  }
}
