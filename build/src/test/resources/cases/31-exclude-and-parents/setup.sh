#!/bin/sh
# modes that matter
chmod 750 p; chmod 711 p/a
