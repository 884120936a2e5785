package io.metalimages.engine.exec;

/** What a container sees of the network. */
public enum Network {
    /** A network of its own, from which connections lead out but not to this machine's loopback addresses. */
    OUTGOING,
    /** This machine's network, with all that listens on its loopback addresses. */
    HOST,
    /** A loopback interface of its own and nothing else. */
    NONE
}
