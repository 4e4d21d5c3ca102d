package dev.heddle.metadata;

/**
 * Which producer ids are given away. Immutable: any thread may read it.
 *
 * @param nextProducerId the first id of the next block; -1 if none was ever given
 */
public record ProducerIdsImage(long nextProducerId) {

    static final ProducerIdsImage EMPTY = new ProducerIdsImage(-1);
}
