package org.deepgm.configuration;

import java.util.List;

/** The keys that every task has. */
final class CommonKeys {
  static final List<Key> ALL =
      List.of(
          Key.text("task").ofApplication(),
          Key.text("data.encoding").ofApplication(),
          Key.choice("data.bad-records", "fail", "skip").ofApplication(),
          Key.number("data.memory", 0, 1).ofApplication(),
          Key.number("data.local-space", 0, 1e6).ofApplication(),
          Key.text("data.local-store").ofApplication(),
          Key.flag("data.findings").ofApplication(),
          Key.list("architectures.dilated").ofApplication(),
          Key.list("architectures.separable").ofApplication(),
          Key.list("architectures.strided").ofApplication(),
          Key.list("architectures.strided-small").ofApplication(),
          Key.number("training.epochs", 0, Double.MAX_VALUE),
          Key.whole("training.steps", 0, Integer.MAX_VALUE),
          Key.whole("training.batch", 1, Integer.MAX_VALUE),
          Key.whole("training.seed", Integer.MIN_VALUE, Integer.MAX_VALUE),
          Key.choice("training.optimizer", "adam", "sgd", "adagrad"),
          Key.number("training.momentum", 0, 1),
          Key.number("training.second-decay", 0, 1),
          Key.number("training.weight-decay", 0, Double.MAX_VALUE),
          Key.number("training.clip", 0, Double.MAX_VALUE),
          Key.number("training.rate", 0, Double.MAX_VALUE),
          Key.choice("training.schedule", "constant", "step", "cosine"),
          Key.whole("training.warmup", 0, Integer.MAX_VALUE),
          Key.number("training.fall-factor", 0, 1),
          Key.number("training.fall-every", 0, 1),
          Key.number("training.average", 0, 1),
          Key.number("training.validate-every", 0, Double.MAX_VALUE),
          Key.text("training.validate-by"),
          Key.whole("training.patience", 0, Integer.MAX_VALUE),
          Key.whole("training.partitions", 0, Integer.MAX_VALUE).ofExecution(),
          Key.whole("training.depth", 0, 8).ofExecution(),
          Key.whole("training.checkpoint-every", 1, Integer.MAX_VALUE).ofExecution(),
          Key.whole("training.checkpoint-keep", 1, Integer.MAX_VALUE).ofExecution(),
          Key.whole("predict.chunk", 1, Integer.MAX_VALUE).ofApplication(),
          Key.whole("predict.partitions", 0, Integer.MAX_VALUE).ofApplication());

  private CommonKeys() {}
}
