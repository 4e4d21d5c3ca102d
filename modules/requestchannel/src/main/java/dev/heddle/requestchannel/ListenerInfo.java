package dev.heddle.requestchannel;

import org.apache.kafka.common.security.auth.SecurityProtocol;

/**
 * The listener a connection came in through.
 *
 * @param name for instance {@code PLAINTEXT}, in upper case
 * @param controlPlane whether its requests have a lane of their own
 * @param privileged whether it is the inter-broker or the control-plane listener
 */
public record ListenerInfo(String name, SecurityProtocol securityProtocol, boolean controlPlane, boolean privileged) {}
