package org.deepgm.segmentation;

import java.io.Serializable;
import org.deepgm.image.Image;
import org.deepgm.image.LabelMap;
import org.deepgm.structure.Identified;

/**
 * An image with its gold labels.
 *
 * @param id relative path without ending
 * @param image the pixels
 * @param labels gold, of the same size
 * @param given what these were spread from; null if they are as they came
 */
public record Example(String id, Image image, LabelMap labels, LabelMap given)
    implements Identified, Serializable {
  /** Labels as they came. */
  public Example(String id, Image image, LabelMap labels) {
    this(id, image, labels, null);
  }

  /** Whether there are labels that it did not come with. */
  public boolean spread() {
    return given != null;
  }

  /** The same with the labels that it came with. */
  public Example asGiven() {
    return spread() ? new Example(id, image, given) : this;
  }
}
