package org.deepgm.dataset;

import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.RandomAccess;

/**
 * Files below a folder, many millions of them: of each, 30 bytes (and up to half as many in
 * reserve) and those of its name below the folder. Entries are made when they are asked for.
 */
final class FileTable extends AbstractList<Storage.Entry> implements RandomAccess {
  /** Bytes of the first block of names, and of those from the eleventh on. */
  private static final int SMALL = 1 << 12;

  private static final int LARGE = 1 << 22;
  private static final int LONGEST = 1 << 15;

  private String root = "";

  /** Names in UTF-8, each behind its length in two bytes. */
  private byte[][] blocks = new byte[1][];

  private int used;
  private int block = -1;
  private long[] places = new long[64];
  private long[] lengths = new long[64];
  private long[] times = new long[64];
  private int count;

  /** The order, once it is sorted; null: as they came. */
  private int[] order;

  /** Files that cannot be told by the folder and their name: none, on most file systems. */
  private final Map<Integer, Storage.Entry> odd = new HashMap<>();

  void add(String relative, String path, long length, long modified) {
    if (count == 0 && path.endsWith(relative)) {
      root = path.substring(0, path.length() - relative.length());
    }
    byte[] name = relative.getBytes(StandardCharsets.UTF_8);
    boolean plain =
        name.length < LONGEST
            && path.length() == root.length() + relative.length()
            && path.startsWith(root)
            && path.endsWith(relative)
            && new String(name, StandardCharsets.UTF_8).equals(relative);
    if (count == places.length) {
      int more = Math.addExact(count, count / 2);
      places = Arrays.copyOf(places, more);
      lengths = Arrays.copyOf(lengths, more);
      times = Arrays.copyOf(times, more);
    }
    if (plain) {
      places[count] = put(name);
    } else {
      odd.put(count, new Storage.Entry(relative, path, length, modified));
    }
    lengths[count] = length;
    times[count] = modified;
    order = null;
    count++;
  }

  private long put(byte[] name) {
    if (block < 0 || used + name.length + 2 > blocks[block].length) {
      block++;
      blocks = block == blocks.length ? Arrays.copyOf(blocks, 2 * block) : blocks;
      int size = block < 10 ? SMALL << block : LARGE;
      blocks[block] = new byte[Math.max(size, name.length + 2)];
      used = 0;
    }
    long place = (long) block << 32 | used;
    blocks[block][used++] = (byte) (name.length >> 8);
    blocks[block][used++] = (byte) name.length;
    System.arraycopy(name, 0, blocks[block], used, name.length);
    used += name.length;
    return place;
  }

  private int place(int i) {
    return order == null ? i : order[i];
  }

  private String relative(int at) {
    Storage.Entry other = odd.get(at);
    if (other != null) {
      return other.relative();
    }
    byte[] names = blocks[(int) (places[at] >>> 32)];
    int from = (int) places[at];
    return new String(names, from + 2, length(names, from), StandardCharsets.UTF_8);
  }

  private static int length(byte[] names, int from) {
    return (names[from] & 0xFF) << 8 | names[from + 1] & 0xFF;
  }

  @Override
  public Storage.Entry get(int i) {
    int at = place(Objects.checkIndex(i, count));
    Storage.Entry other = odd.get(at);
    if (other != null) {
      return other;
    }
    String relative = relative(at);
    return new Storage.Entry(relative, root + relative, lengths[at], times[at]);
  }

  @Override
  public int size() {
    return count;
  }

  /** Sorts by relative path, in the order of {@link RecordId#compare}. */
  void sort() {
    int[] sorted = new int[count];
    Arrays.setAll(sorted, i -> i);
    IndexSort.sort(sorted, this::compare);
    order = sorted;
  }

  private int compare(int a, int b) {
    if (!odd.isEmpty() && (odd.containsKey(a) || odd.containsKey(b))) {
      return RecordId.compare(relative(a), relative(b));
    }
    byte[] x = blocks[(int) (places[a] >>> 32)];
    byte[] y = blocks[(int) (places[b] >>> 32)];
    int i = (int) places[a];
    int j = (int) places[b];
    return Arrays.compareUnsigned(x, i + 2, i + 2 + length(x, i), y, j + 2, j + 2 + length(y, j));
  }

  /** Bytes that it takes, about. */
  long bytes() {
    long names = 0;
    for (int b = 0; b <= block; b++) {
      names += blocks[b].length;
    }
    return names + 24L * places.length + (order == null ? 0 : 4L * count) + 200L * odd.size();
  }
}
