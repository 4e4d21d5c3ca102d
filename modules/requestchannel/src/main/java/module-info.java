/**
 * Between the network and the handlers: requests and their answers, what is admitted and in which order it starts, and
 * the times and metrics of each request.
 *
 * <p>The network opens a {@link dev.heddle.requestchannel.RequestStream} for each connection and puts requests into it;
 * the handler strategies implement {@link dev.heddle.requestchannel.RequestDispatcher}, give each
 * {@link dev.heddle.requestchannel.Request} a thread and answer it there. The module has no threads of its own:
 * Processors and handlers call in, and nothing here ever makes a Processor wait.
 */
@org.jspecify.annotations.NullMarked
module dev.heddle.requestchannel {
    requires transitive dev.heddle.common;
    requires org.slf4j;

    exports dev.heddle.requestchannel;
}
