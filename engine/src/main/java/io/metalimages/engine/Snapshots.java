package io.metalimages.engine;

public final class Snapshots {}
