package dev.heddle.benchmarks;

import java.nio.file.Path;

/**
 * Where the brokers are.
 *
 * @param java the JVM that runs both
 * @param heddleHome Heddle's unpacked distribution
 * @param kafkaClassPath Apache Kafka's jars, and the plugins
 * @param plugins a class path of the plugins that both load; nothing else is on it
 */
record Installation(Path java, Path heddleHome, String kafkaClassPath, String plugins) {

    /**
     * The JVM and the class path of this program, which holds Apache Kafka's jars.
     *
     * @param heddleHome the distribution
     * @param plugins a jar of plugins
     */
    static Installation ofThisProgram(Path heddleHome, Path plugins) {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        return new Installation(
                java,
                heddleHome.toAbsolutePath(),
                System.getProperty("java.class.path"),
                plugins.toAbsolutePath().toString());
    }
}
