package io.metalimages.rack.network;

/** A network card of a machine, and what is at the other end of its cable. */
public record Port(String name, String mac, String neighborName, String neighborMac) {}
