package dev.heddle.log;

/** When records written with {@code acks=all} are acknowledged: the values of {@code heddle.durability}. */
public enum Durability {
    /** After they have been synced to the disk. */
    DISK("disk"),
    /** As soon as every in-sync replica has them in its page cache, as Kafka does. */
    PAGE_CACHE("page-cache");

    private final String value;

    Durability(String value) {
        this.value = value;
    }

    /** The value as it is written in a configuration. */
    public String value() {
        return value;
    }

    static Durability of(String value) {
        return DISK.value.equals(value) ? DISK : PAGE_CACHE;
    }
}
