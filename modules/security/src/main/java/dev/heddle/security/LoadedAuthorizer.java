package dev.heddle.security;

import dev.heddle.common.Time;
import org.apache.kafka.server.authorizer.Authorizer;

/**
 * A plugin that has been configured, and the way to call it. Immutable, so any thread may read it.
 *
 * @param rulesTimeoutMs how long a change of its rules may take
 */
record LoadedAuthorizer(Authorizer plugin, PluginCalls calls, Time time, long rulesTimeoutMs) {}
