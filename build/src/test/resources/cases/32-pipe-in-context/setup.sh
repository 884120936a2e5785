#!/bin/sh
# no repository holds a pipe
mkfifo -m 640 pipe
