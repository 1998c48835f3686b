package org.deepgm.task.segmentation;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.Externalizable;
import java.io.IOException;
import java.io.ObjectInput;
import java.io.ObjectOutput;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * The pairs of a partition. Sent as what each of its texts does not share with the one before, and
 * read from that one after the other.
 */
final class PairList implements Externalizable {
  private static final long serialVersionUID = 1L;

  /** Texts of a pair. */
  private static final int TEXTS = 4;

  private List<FilePairs.Pair> pairs;
  private byte[] sent;
  private int count;

  /** For {@link Externalizable}. */
  public PairList() {}

  PairList(List<FilePairs.Pair> pairs) {
    this.pairs = pairs;
    count = pairs.size();
  }

  /** The pairs in order. */
  Iterator<FilePairs.Pair> iterator() {
    return pairs != null ? pairs.iterator() : new Received();
  }

  @Override
  public void writeExternal(ObjectOutput out) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream data = new DataOutputStream(bytes);
    String[] last = {"", "", "", ""};
    for (Iterator<FilePairs.Pair> it = iterator(); it.hasNext(); ) {
      FilePairs.Pair pair = it.next();
      String[] texts = {pair.id(), pair.image(), pair.mask(), pair.version()};
      for (int t = 0; t < TEXTS; t++) {
        if (texts[t] == null) {
          data.writeShort(-1);
          continue;
        }
        int shared = 0;
        int most = Math.min(Short.MAX_VALUE, Math.min(last[t].length(), texts[t].length()));
        while (shared < most && last[t].charAt(shared) == texts[t].charAt(shared)) {
          shared++;
        }
        data.writeShort(shared);
        data.writeUTF(texts[t].substring(shared));
        last[t] = texts[t];
      }
    }
    out.writeInt(count);
    out.writeInt(bytes.size());
    out.write(bytes.toByteArray());
  }

  @Override
  public void readExternal(ObjectInput in) throws IOException {
    count = in.readInt();
    sent = new byte[in.readInt()];
    in.readFully(sent);
  }

  private final class Received implements Iterator<FilePairs.Pair> {
    private final DataInputStream data = new DataInputStream(new ByteArrayInputStream(sent));
    private final String[] last = {"", "", "", ""};
    private int next;

    @Override
    public boolean hasNext() {
      return next < count;
    }

    @Override
    public FilePairs.Pair next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      next++;
      String[] texts = new String[TEXTS];
      try {
        for (int t = 0; t < TEXTS; t++) {
          int shared = data.readShort();
          if (shared >= 0) {
            last[t] = last[t].substring(0, shared) + data.readUTF();
            texts[t] = last[t];
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return new FilePairs.Pair(texts[0], texts[1], texts[2], texts[3]);
    }
  }
}
