package org.deepgm.task;

import java.util.List;
import org.deepgm.dataset.BadRecord;

/**
 * What an evaluation found.
 *
 * @param scores of the records that were scored
 * @param bad records that could not be
 * @param notes records that were, with something to know about their files
 */
public record Scored<E>(E scores, List<BadRecord> bad, List<BadRecord> notes) {}
