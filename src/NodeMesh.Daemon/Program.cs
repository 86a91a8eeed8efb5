return await NodeMesh.Daemon.Lifecycle.Nodemeshd.RunAsync(args);
