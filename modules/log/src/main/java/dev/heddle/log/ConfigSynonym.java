package dev.heddle.log;

import java.util.function.UnaryOperator;

/**
 * A broker-level key that a topic-level key takes its default from.
 *
 * @param name of the broker-level key
 * @param toTopicValue converts its value, for instance hours to milliseconds
 */
public record ConfigSynonym(String name, UnaryOperator<String> toTopicValue) {}
