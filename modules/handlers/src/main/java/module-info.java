/**
 * The handlers: one class per API of the protocol, the table that finds it, and the strategies that give each request
 * the thread it runs on.
 *
 * <p>Used by {@code app} alone, which makes a {@link dev.heddle.handlers.HandlerTable} out of the broker's parts, a
 * {@link dev.heddle.handlers.HandlerStrategy} for each plane of the request channel, and hands the strategies to that
 * channel. From then on Processors, and threads of finishing handlers, call in through the strategies' {@code dispatch},
 * which never blocks. Everything else in here runs on the thread that a strategy gave a request, and may wait on the
 * request's own waiter.
 */
@org.jspecify.annotations.NullMarked
module dev.heddle.handlers {
    requires transitive dev.heddle.requestchannel;
    requires transitive dev.heddle.coordinator;
    requires transitive dev.heddle.security;
    requires org.slf4j;

    exports dev.heddle.handlers;
}
