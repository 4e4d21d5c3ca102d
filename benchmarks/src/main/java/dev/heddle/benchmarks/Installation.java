package dev.heddle.benchmarks;

import java.nio.file.Path;

/**
 * Where the brokers are.
 *
 * @param java the JVM that runs both
 * @param heddleHome Heddle's unpacked distribution
 * @param kafkaClassPath Apache Kafka's jars
 */
record Installation(Path java, Path heddleHome, String kafkaClassPath) {

    /** The JVM and the class path of this program, which holds Apache Kafka's jars, and the distribution named. */
    static Installation ofThisProgram(Path heddleHome) {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        return new Installation(java, heddleHome.toAbsolutePath(), System.getProperty("java.class.path"));
    }
}
