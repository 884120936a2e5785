/** {@code docker-build} and {@code docker-make}: any Dockerfile, with Docker's own options. */
@NullMarked
package io.metalimages.cli.command.docker;

import org.jspecify.annotations.NullMarked;
