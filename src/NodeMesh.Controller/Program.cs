return await NodeMesh.Controller.Lifecycle.NodemeshController.RunAsync(args);
