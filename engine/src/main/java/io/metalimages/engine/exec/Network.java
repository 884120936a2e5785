package io.metalimages.engine.exec;

/** What a container sees of the network. */
public enum Network {
    HOST,
    NONE
}
