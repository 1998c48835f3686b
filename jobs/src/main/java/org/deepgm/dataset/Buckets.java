package org.deepgm.dataset;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * What goes wrong with object stores, in words: never with a key in them.
 *
 * <p>A client of a store that does not answer tries for minutes. So the first use of a bucket asks
 * for its root, and waits {@value #LIMIT_SECONDS} s for an answer of any kind.
 */
final class Buckets {
  static final int LIMIT_SECONDS = 45;

  /** Access keys as Amazon makes them, and whatever a message says is one. */
  private static final Pattern KEYS =
      Pattern.compile(
          "\\b(?:A[KS]IA[A-Z0-9]{12,}|(?i:key|secret|token|credential)[ =:\"']+\\S{8,})");

  /** Buckets that have answered in this process. */
  private static final Set<String> ANSWERED = ConcurrentHashMap.newKeySet();

  private Buckets() {}

  static void probe(FileSystem fs, Path path) throws IOException {
    String bucket = fs.getUri().toString();
    if (ANSWERED.contains(bucket)) {
      return;
    }
    FutureTask<Boolean> question =
        new FutureTask<>(() -> fs.listStatusIterator(new Path(bucket + "/")).hasNext());
    Thread thread = new Thread(question, "first look at " + bucket);
    thread.setDaemon(true);
    thread.start();
    try {
      question.get(LIMIT_SECONDS, TimeUnit.SECONDS);
      ANSWERED.add(bucket);
    } catch (TimeoutException e) {
      throw new IOException(bucket + " did not answer within " + LIMIT_SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof AccessDeniedException && allowedBelow(fs, path)) {
        ANSWERED.add(bucket);
        return;
      }
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    }
  }

  /** Some may read a folder but not list the bucket. */
  private static boolean allowedBelow(FileSystem fs, Path path) {
    try {
      fs.exists(path);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** One line for people. */
  static String reason(Throwable e) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      // By name: a Spark without hadoop-aws does not have the classes.
      String type = t.getClass().getName();
      if (type.endsWith(".UnknownStoreException")) {
        return "there is no such bucket";
      }
      if (t instanceof AccessDeniedException
          && type.startsWith("java.nio")
          && String.valueOf(t.getMessage()).contains("s3a")) {
        return "access denied (403): the credentials, or their rights to this bucket, are wrong";
      }
      if (type.endsWith(".NoAuthWithAWSException") || type.endsWith(".NoAwsCredentialsException")) {
        return "no credentials found: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role of this node";
      }
      if (t instanceof AccessDeniedException && type.startsWith("java.nio")) {
        return "permission denied";
      }
      if (t instanceof java.nio.file.NoSuchFileException) {
        return "no such file";
      }
      if (t instanceof java.nio.file.FileSystemException local && local.getReason() != null) {
        return local.getReason();
      }
      if (t instanceof java.net.ConnectException) {
        return "the server does not answer (connection refused)";
      }
    }
    return KEYS.matcher(Storage.firstLine(e)).replaceAll("***");
  }
}
