/**
 * The broker as a whole: its configuration, the order of its start-up and shutdown, and the launcher.
 *
 * <p>It builds everything and is the only module that sees everything; nothing depends on it but programs and tests
 * that want a whole broker, through {@code BrokerServer}. The only module that reads the environment and system
 * properties, handles signals, and ends the process.
 */
@org.jspecify.annotations.NullMarked
module dev.heddle.app {
    requires transitive dev.heddle.common;
    requires dev.heddle.log;
    requires dev.heddle.metadata;
    requires dev.heddle.replication;
    requires dev.heddle.security;
    requires dev.heddle.coordinator;
    requires dev.heddle.requestchannel;
    requires dev.heddle.network;
    requires dev.heddle.handlers;
    requires com.codahale.metrics.jmx;
    requires jdk.unsupported; // sun.misc.Signal, see Signals
    requires java.management; // the MBean server, and the time at which the JVM started
    requires org.apache.commons.cli;
    requires org.slf4j;
    requires ch.qos.logback.classic; // this program sets its logging up itself, see LoggingSetup
    requires ch.qos.logback.core;

    exports dev.heddle.app;

    provides ch.qos.logback.classic.spi.Configurator with
            dev.heddle.app.LoggingSetup;
}
