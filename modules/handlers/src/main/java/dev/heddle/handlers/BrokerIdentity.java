package dev.heddle.handlers;

/**
 * Who this broker is to its clients. Immutable.
 *
 * @param id its {@code node.id}
 * @param clusterId the id of its cluster
 * @param answersWithDialledAddress whether clients are told the address that they dialled instead of an advertised one:
 *     so when {@code advertised.listeners} is unset
 */
public record BrokerIdentity(int id, String clusterId, boolean answersWithDialledAddress) {}
