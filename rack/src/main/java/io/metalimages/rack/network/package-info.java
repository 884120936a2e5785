/**
 * The network of a machine: two leaf switches, and DNS, NTP and an internet behind them.
 *
 * <p>Start reading at {@code Fabric}. Switches and services live in network namespaces of an {@code NetworkSandbox}, and end with
 * it. A {@code GuestNetwork} is how a machine is connected: to a fabric, or to the network that QEMU imitates where there
 * can't be one.
 *
 * <p>Nothing here starts a machine, or knows what an image is.
 */
@NullMarked
package io.metalimages.rack.network;

import org.jspecify.annotations.NullMarked;
