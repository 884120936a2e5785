package io.metalimages.engine;

public interface Operation {}
