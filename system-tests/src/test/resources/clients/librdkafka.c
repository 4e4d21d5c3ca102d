/*
 * What an application does with librdkafka: a group of two members that rebalances cooperatively and commits, and
 * transactions. It ends with 0 if all is well. usage: librdkafka BOOTSTRAP
 */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PARTITIONS 4
#define RECORDS 40
#define TIMEOUT_MS 30000
#define TOPIC "rdkafka-orders"
#define COPIES "rdkafka-copies"
#define GROUP "rdkafka-group"

static const char *bootstrap;

static void fail(const char *what, const char *why) {
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static void check(rd_kafka_resp_err_t error, const char *what) {
    if (error) fail(what, rd_kafka_err2str(error));
}

static void check_error(rd_kafka_error_t *error, const char *what) {
    if (error) fail(what, rd_kafka_error_string(error));
}

static long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A client; settings are pairs of names and values, ended by NULL. */
static rd_kafka_t *client(rd_kafka_type_t type, const char **settings) {
    char why[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, NULL, 0);
    for (; *settings; settings += 2) {
        if (rd_kafka_conf_set(conf, settings[0], settings[1], why, sizeof why)) fail(settings[0], why);
    }
    rd_kafka_t *made = rd_kafka_new(type, conf, why, sizeof why);
    if (!made) fail("new", why);
    if (type == RD_KAFKA_CONSUMER) rd_kafka_poll_set_consumer(made);
    return made;
}

static void create_topics(rd_kafka_t *admin) {
    char why[512];
    rd_kafka_queue_t *queue = rd_kafka_queue_new(admin);
    rd_kafka_NewTopic_t *topics[] = {rd_kafka_NewTopic_new(TOPIC, PARTITIONS, 1, why, sizeof why),
                                     rd_kafka_NewTopic_new(COPIES, 1, 1, why, sizeof why)};
    rd_kafka_CreateTopics(admin, topics, 2, NULL, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, TIMEOUT_MS);
    check(rd_kafka_event_error(event), "create topics");
    rd_kafka_event_destroy(event);
    rd_kafka_NewTopic_destroy_array(topics, 2);
    rd_kafka_queue_destroy(queue);
}

static void produce(rd_kafka_t *producer, const char *topic, int partition, const char *value) {
    check(rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
                            RD_KAFKA_V_VALUE((void *)value, strlen(value)),
                            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
          "produce");
}

static rd_kafka_t *member(void) {
    const char *settings[] = {"group.id", GROUP, "auto.offset.reset", "earliest", "enable.auto.commit", "false",
                              "partition.assignment.strategy", "cooperative-sticky", "heartbeat.interval.ms", "100",
                              "fetch.wait.max.ms", "50", NULL};
    rd_kafka_t *made = client(RD_KAFKA_CONSUMER, settings);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, TOPIC, RD_KAFKA_PARTITION_UA);
    check(rd_kafka_subscribe(made, topics), "subscribe");
    rd_kafka_topic_partition_list_destroy(topics);
    return made;
}

static int share_of(rd_kafka_t *consumer) {
    rd_kafka_topic_partition_list_t *assigned;
    check(rd_kafka_assignment(consumer, &assigned), "assignment");
    int count = assigned->cnt;
    rd_kafka_topic_partition_list_destroy(assigned);
    return count;
}

/* Where the group is in each partition; after a rebalance a member may read again what it has read before. */
static long next_offset[PARTITIONS];

/* Reads what there is at the moment. */
static void read_some(rd_kafka_t *consumer) {
    rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 20);
    if (!message) return;
    if (!message->err) next_offset[message->partition] = message->offset + 1;
    else if (message->err != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) check(message->err, "poll");
    rd_kafka_message_destroy(message);
}

static int has_read(long records) {
    for (int i = 0; i < PARTITIONS; i++) {
        if (next_offset[i] != records / PARTITIONS) return 0;
    }
    return 1;
}

/* Lets both go on until they have so many partitions; the second may be NULL. */
static void settle(rd_kafka_t *first, int of_first, rd_kafka_t *second, int of_second) {
    long deadline = now_ms() + TIMEOUT_MS;
    while (share_of(first) != of_first || (second && share_of(second) != of_second)) {
        if (now_ms() > deadline) fail("rebalance", "never settled");
        read_some(first);
        if (second) read_some(second);
    }
}

static void produce_some(rd_kafka_t *producer) {
    for (int i = 0; i < RECORDS; i++) produce(producer, TOPIC, i % PARTITIONS, "value");
    check(rd_kafka_flush(producer, TIMEOUT_MS), "flush");
}

/* Reads all that was produced, and commits it; the second may be NULL. */
static void read_all(rd_kafka_t *first, rd_kafka_t *second, long records) {
    long deadline = now_ms() + TIMEOUT_MS;
    while (!has_read(records)) {
        if (now_ms() > deadline) fail("group", "did not read everything");
        read_some(first);
        if (second) read_some(second);
    }
    check(rd_kafka_commit(first, NULL, 0), "commit");
    if (second) check(rd_kafka_commit(second, NULL, 0), "commit");
}

static void groups(rd_kafka_t *producer) {
    rd_kafka_t *first = member();
    settle(first, PARTITIONS, NULL, 0);
    produce_some(producer);
    read_all(first, NULL, RECORDS);
    rd_kafka_t *second = member();
    settle(first, PARTITIONS / 2, second, PARTITIONS / 2);
    produce_some(producer);
    read_all(first, second, 2 * RECORDS);
    check(rd_kafka_unsubscribe(second), "unsubscribe");
    settle(first, PARTITIONS, second, 0);
    check(rd_kafka_consumer_close(second), "close");
    rd_kafka_topic_partition_list_t *all = rd_kafka_topic_partition_list_new(PARTITIONS);
    rd_kafka_topic_partition_list_add_range(all, TOPIC, 0, PARTITIONS - 1);
    check(rd_kafka_committed(first, all, TIMEOUT_MS), "committed");
    for (int i = 0; i < all->cnt; i++) {
        if (all->elems[i].offset != 2 * RECORDS / PARTITIONS) fail("committed", "not everything");
    }
    rd_kafka_topic_partition_list_destroy(all);
    check(rd_kafka_consumer_close(first), "close");
    rd_kafka_destroy(second);
    rd_kafka_destroy(first);
}

static void send_in_transaction(rd_kafka_t *producer, rd_kafka_t *consumer, const char *value, long offset, int commit) {
    check_error(rd_kafka_begin_transaction(producer), "begin");
    produce(producer, COPIES, 0, value);
    /* Or else an abort may drop it before it is sent. */
    check(rd_kafka_flush(producer, TIMEOUT_MS), "flush");
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata(consumer);
    rd_kafka_topic_partition_list_t *offsets = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(offsets, TOPIC, 0)->offset = offset;
    check_error(rd_kafka_send_offsets_to_transaction(producer, offsets, group, TIMEOUT_MS), "send offsets");
    rd_kafka_topic_partition_list_destroy(offsets);
    rd_kafka_consumer_group_metadata_destroy(group);
    if (commit) check_error(rd_kafka_commit_transaction(producer, TIMEOUT_MS), "commit transaction");
    else check_error(rd_kafka_abort_transaction(producer, TIMEOUT_MS), "abort transaction");
}

/* Reads the copies to their end; the values, each followed by a comma. */
static void read_copies(const char *isolation, char *values) {
    const char *settings[] = {"group.id", "rdkafka-reader", "isolation.level", isolation, "enable.partition.eof", "true",
                              NULL};
    rd_kafka_t *consumer = client(RD_KAFKA_CONSUMER, settings);
    rd_kafka_topic_partition_list_t *all = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(all, COPIES, 0)->offset = RD_KAFKA_OFFSET_BEGINNING;
    check(rd_kafka_assign(consumer, all), "assign");
    rd_kafka_topic_partition_list_destroy(all);
    long deadline = now_ms() + TIMEOUT_MS;
    *values = 0;
    for (int ended = 0; !ended;) {
        if (now_ms() > deadline) fail("read", "never came to the end");
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 100);
        if (!message) continue;
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) ended = 1;
        else check(message->err, "read");
        if (!message->err) {
            strncat(values, message->payload, message->len);
            strcat(values, ",");
        }
        rd_kafka_message_destroy(message);
    }
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
}

static void expect(const char *isolation, const char *expected) {
    char values[512];
    long deadline = now_ms() + TIMEOUT_MS;
    do {
        if (now_ms() > deadline) fail(isolation, values);
        read_copies(isolation, values);
    } while (strcmp(values, expected));
}

static void transactions(void) {
    const char *settings[] = {"transactional.id", "rdkafka-producer", NULL};
    rd_kafka_t *producer = client(RD_KAFKA_PRODUCER, settings);
    const char *of_group[] = {"group.id", "rdkafka-copier", NULL};
    rd_kafka_t *consumer = client(RD_KAFKA_CONSUMER, of_group);
    check_error(rd_kafka_init_transactions(producer, TIMEOUT_MS), "init transactions");
    send_in_transaction(producer, consumer, "one", 3, 1);
    send_in_transaction(producer, consumer, "two", 4, 0);
    send_in_transaction(producer, consumer, "three", 5, 1);
    expect("read_committed", "one,three,");
    expect("read_uncommitted", "one,two,three,");
    rd_kafka_topic_partition_list_t *offset = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(offset, TOPIC, 0);
    check(rd_kafka_committed(consumer, offset, TIMEOUT_MS), "committed");
    if (offset->elems[0].offset != 5) fail("committed", "not the last offset");
    rd_kafka_topic_partition_list_destroy(offset);
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    rd_kafka_destroy(producer);
}

int main(int count, char **arguments) {
    if (count != 2) fail("usage", "librdkafka BOOTSTRAP");
    bootstrap = arguments[1];
    const char *idempotent[] = {"enable.idempotence", "true", "linger.ms", "0", NULL};
    rd_kafka_t *producer = client(RD_KAFKA_PRODUCER, idempotent);
    create_topics(producer);
    groups(producer);
    rd_kafka_destroy(producer);
    transactions();
    puts("librdkafka is content");
    return 0;
}
