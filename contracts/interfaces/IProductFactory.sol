// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IInsurerRegistry} from "./IInsurerRegistry.sol";
import {IndemnityTerms} from "../types/IndemnityTypes.sol";
import {ParametricTerms} from "../types/ParametricTypes.sol";

/// @notice Deploys immutable products and keeps the directory.
interface IProductFactory {
    /// @notice A parametric product can be sold from now on.
    event ProductCreated(
        address indexed product, address indexed treasury, bytes32 indexed termsHash, ParametricTerms terms
    );
    /// @notice An indemnity product can be sold from now on.
    event IndemnityProductCreated(
        address indexed product, address indexed treasury, bytes32 indexed termsHash, IndemnityTerms terms
    );

    /// @notice The treasury was not deployed by the registry.
    error TreasuryUnknown(address treasury);
    /// @notice The caller is not a product manager of the treasury's insurer.
    error ProductManagerRequired(address caller);
    /// @notice The desk's panel has not enrolled it: its claims could lose their way to the panel.
    error DeskNotEnrolled(address desk);
    /// @notice A product with these very terms exists.
    error ProductExists(address product);
    /// @notice A term is out of range: its name, its value, the least and the most allowed.
    error TermOutOfRange(bytes32 term, uint256 value, uint256 least, uint256 most);

    /// @notice Deploys a product with these terms and registers it with its treasury.
    /// @dev Only a product manager of the treasury's authority, without a delay. The registry knows the treasury and
    /// vouches for the quorum. Reverts: {TreasuryUnknown}, `IInsurerRegistry.ServiceNotAdmitted`,
    /// {ProductManagerRequired}, {ProductExists}, {TermOutOfRange}, `PayoutCurve.CurveSizeInvalid`,
    /// `PayoutCurve.CurveNotAscending`, and those of `ITreasury.registerProduct`.
    function createParametricProduct(ParametricTerms calldata terms) external returns (address product);

    /// @notice Deploys a product with these terms and registers it with its treasury.
    /// @dev As {createParametricProduct}; the registry also vouches for the desk and, unless it is zero, for the
    /// disbursement, and the desk's panel has enrolled it. Reverts: {TreasuryUnknown},
    /// `IInsurerRegistry.ServiceNotAdmitted`, {ProductManagerRequired}, {DeskNotEnrolled}, {ProductExists},
    /// {TermOutOfRange}, and those of `ITreasury.registerProduct`.
    function createIndemnityProduct(IndemnityTerms calldata terms) external returns (address product);

    /// @notice How many products there are.
    function productCount() external view returns (uint256);

    /// @notice Products number `from` to `from + limit - 1`, fewer at the end.
    function products(uint256 from, uint256 limit) external view returns (address[] memory);

    /// @notice Whether this factory made the product.
    function isProduct(address product) external view returns (bool);

    /// @notice Says whose treasuries and services are known.
    function registry() external view returns (IInsurerRegistry);

    /// @notice The code every parametric product runs.
    function parametricImplementation() external view returns (address);

    /// @notice The code every indemnity product runs.
    function indemnityImplementation() external view returns (address);
}
