// Who imports EngineIO sees the HTTP values and routes, the addresses and the loops that its interface speaks of.
@_exported public import EngineNet
@_exported public import EngineWire
