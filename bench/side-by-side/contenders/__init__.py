"""Who is compared. Each writes its configuration for a path, starts, and says at which port of node1 it takes connections."""
from contenders.direct import Direct
from contenders.haproxy import HAProxy
from contenders.nghttpx import Nghttpx
from contenders.nginx import Nginx
from contenders.nodemesh import NodeMesh
from contenders.redsocks import Redsocks

__all__ = ["Direct", "HAProxy", "Nghttpx", "Nginx", "NodeMesh", "Redsocks"]
