package dev.heddle.coordinator;

import dev.heddle.common.Waiter;

/**
 * Who calls the coordinator, and with which version of the API. Made by the handler's thread for one request; it is
 * immutable, and only that thread waits on its {@link #waiter}.
 *
 * @param clientId from the request's header; empty when the client sent none
 * @param clientHost the client's address as {@link java.net.InetAddress#toString()} prints it, {@code /127.0.0.1} for
 *     instance: it is stored with the member, and shown by DescribeGroups, in that form
 * @param apiVersion the version of the request
 * @param waiter the request's own: JoinGroup, SyncGroup and whatever waits for a commit wait on it, and stop waiting
 *     when it is cancelled
 */
public record CallContext(String clientId, String clientHost, short apiVersion, Waiter waiter) {}
