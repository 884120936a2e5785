package io.metalimages.rack;

/** A network card of a machine, and what is at the other end of its cable. */
record Port(String name, String mac, String neighborName, String neighborMac) {}
