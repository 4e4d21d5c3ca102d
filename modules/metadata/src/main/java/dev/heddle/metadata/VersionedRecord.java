package dev.heddle.metadata;

import org.apache.kafka.common.protocol.ApiMessage;

/** A metadata record and the version it is encoded with. */
record VersionedRecord(ApiMessage record, short version) {

    static VersionedRecord of(ApiMessage record, int version) {
        return new VersionedRecord(record, (short) version);
    }
}
